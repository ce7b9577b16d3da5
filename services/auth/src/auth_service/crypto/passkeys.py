"""WebAuthn ceremonies: what browsers are asked, and whether their answers are right."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from auth_service.ports import ClaimedKey, NotAPasskey
from auth_service.protocol.factors import STEP_LIFETIME, Passkey
from auth_service.protocol.user import User

Answer = TypeVar("Answer")

_TIMEOUT = int(STEP_LIFETIME.total_seconds() * 1000)
#: What the library raises, and what it lets pass of the parsers below it.
_MALFORMED = (
    WebAuthnException,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


class WebAuthn:
    """The port `Ceremonies`: passkeys of the issuer's host."""

    def __init__(self, *, issuer: str) -> None:
        parts = urlsplit(issuer)
        self._rp_id = parts.hostname or ""
        self._origin = f"{parts.scheme}://{parts.netloc}"

    def creation_options(
        self, challenge: str, user: User, known: Sequence[Passkey]
    ) -> str:
        """JSON for `navigator.credentials.create` (WebAuthn section 5.4)."""
        options = webauthn.generate_registration_options(
            rp_id=self._rp_id,
            rp_name="Valetkey",
            user_id=user.subject.encode(),
            user_name=user.username,
            user_display_name=user.name,
            challenge=base64url_to_bytes(challenge),
            timeout=_TIMEOUT,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_descriptors(known),
        )
        return options_to_json(options)

    def request_options(self, challenge: str, known: Sequence[Passkey] = ()) -> str:
        """JSON for `navigator.credentials.get` (WebAuthn section 5.5)."""
        options = webauthn.generate_authentication_options(
            rp_id=self._rp_id,
            challenge=base64url_to_bytes(challenge),
            timeout=_TIMEOUT,
            allow_credentials=_descriptors(known),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json(options)

    def read(self, credential: str) -> ClaimedKey:
        """
        What an answer says of itself.

        Raises:
            NotAPasskey: it is no answer.

        """

        def parse() -> ClaimedKey:
            answer = json.loads(credential)
            client_data = base64url_to_bytes(answer["response"]["clientDataJSON"])
            challenge = json.loads(client_data)["challenge"]
            return ClaimedKey(
                credential_id=_canonical(answer["id"]), challenge=_canonical(challenge)
            )

        return _or_refuse(parse)

    def check_creation(
        self, credential: str, challenge: str, *, subject: str, name: str
    ) -> Passkey:
        """
        The new passkey (WebAuthn section 7.1).

        Raises:
            NotAPasskey: for another site, another challenge, or nobody was verified.

        """

        def check() -> Passkey:
            made = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._rp_id,
                expected_origin=self._origin,
                require_user_verification=True,
            )
            eligible = made.credential_device_type == CredentialDeviceType.MULTI_DEVICE
            return Passkey(
                credential_id=bytes_to_base64url(made.credential_id),
                subject=subject,
                public_key=made.credential_public_key,
                name=name,
                sign_count=made.sign_count,
                backup_eligible=eligible,
                backed_up=made.credential_backed_up,
                transports=_transports(credential),
            )

        return _or_refuse(check)

    def check_use(self, credential: str, challenge: str, passkey: Passkey) -> Passkey:
        """
        The passkey as it is after this use (WebAuthn section 7.2).

        Raises:
            NotAPasskey: another key's, for another site, another challenge, or nobody
                was verified.

        """

        def check() -> Passkey:
            used = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._rp_id,
                expected_origin=self._origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
            return replace(
                passkey,
                sign_count=used.new_sign_count,
                backed_up=used.credential_backed_up,
            )

        _or_refuse(lambda: _check_owner(credential, passkey))
        return _or_refuse(check)


def _check_owner(credential: str, passkey: Passkey) -> None:
    """The user handle, where the device says one, is the owner's (section 7.2 s. 6)."""
    handle = json.loads(credential)["response"].get("userHandle")
    if handle and base64url_to_bytes(handle) != passkey.subject.encode():
        raise ValueError("the user handle is another person's")


def _or_refuse(work: Callable[[], Answer]) -> Answer:
    try:
        return work()
    except _MALFORMED as error:
        raise NotAPasskey(str(error)) from error


def _canonical(value: object) -> str:
    """Base64url of the same bytes, in its one spelling."""
    return bytes_to_base64url(base64url_to_bytes(str(value)))


def _transports(credential: str) -> tuple[str, ...]:
    """How devices say that they can be reached; what nobody knows is left out."""
    said = json.loads(credential)["response"].get("transports") or []
    known = {each.value for each in AuthenticatorTransport}
    return tuple(sorted({str(each) for each in said} & known))


def _descriptors(known: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(passkey.credential_id),
            transports=[AuthenticatorTransport(t) for t in passkey.transports],
        )
        for passkey in known
    ]
