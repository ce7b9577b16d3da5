"""Credentials and the method they were sent by (RFC 6749 section 2.3, RFC 7521)."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from urllib.parse import unquote_plus

from auth_service.protocol.client import Client
from auth_service.protocol.client_assertion import (
    ClientAssertion,
    read_client_assertion,
)
from valetkey.errors import InvalidClient, InvalidRequest
from valetkey.opaque import fingerprint

#: RFC 7521 section 4.2.
_ASSERTION = ("client_assertion", "client_assertion_type")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Credentials:
    """
    What a client says it is, and how it proves it.

    Attributes:
        method: `none` also where a certificate may be the proof, which is no
            parameter.

    """

    client_id: str
    method: str
    client_secret: str | None = None
    client_assertion: ClientAssertion | None = None


def read_credentials(
    parameters: Mapping[str, str], authorization: str | None
) -> Credentials:
    """
    Read the one way in which the client authenticates.

    Raises:
        InvalidRequest: two ways at once, or two names (RFC 6749 section 2.3), or none.
        InvalidClient: an Authorization header that is not Basic, or malformed.

    """
    client_id = parameters.get("client_id")
    client_secret = parameters.get("client_secret")
    asserted = not parameters.keys().isdisjoint(_ASSERTION)
    if [authorization is not None, client_secret is not None, asserted].count(True) > 1:
        raise InvalidRequest("use one way of client authentication")
    if asserted:
        assertion = read_client_assertion(parameters)
        return Credentials(
            client_id=assertion.client_id,
            client_assertion=assertion,
            method="private_key_jwt",
        )
    if authorization is not None:
        basic = _read_basic(authorization)
        if client_id not in {None, basic.client_id}:
            raise InvalidRequest("client_id is not the one in the header")
        return basic
    if client_id is None:
        raise InvalidClient(detail="no client credentials")
    method = "none" if client_secret is None else "client_secret_post"
    return Credentials(client_id=client_id, client_secret=client_secret, method=method)


def _read_basic(authorization: str) -> Credentials:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient(detail="the Authorization header is not Basic")
    try:
        # Strictly: Python ignores what is not base64 unless told otherwise.
        text = b64decode(encoded, validate=True).decode("utf-8")
        name, colon, secret = text.partition(":")
        # RFC 6749 section 2.3.1: both are form-urlencoded before base64.
        client_id = unquote_plus(name, errors="strict")
        client_secret = unquote_plus(secret, errors="strict")
    except ValueError:  # not base64, not ASCII, not UTF-8
        raise InvalidClient(detail="Basic credentials are malformed") from None
    if not colon or "\0" in text or "\0" in client_id + client_secret:
        raise InvalidClient(detail="Basic credentials are malformed")
    return Credentials(
        client_id=client_id, client_secret=client_secret, method="client_secret_basic"
    )


def check_secret(credentials: Credentials, client: Client | None) -> None:
    """
    This client, by the method it is registered for, with a secret that is alive.

    OIDC Core sections 3.1.3.1, 9 and 12.1; a name alone proves nothing but of a public
    client (RFC 6749 section 2.2).

    An unknown client costs the same work and gets the same answer as a wrong secret.

    Raises:
        InvalidClient: anything is wrong; the detail says what, the answer does not.

    """
    given = fingerprint(credentials.client_secret or "").encode()
    known = client.secret_fingerprints if client else ("",)
    matched = [compare_digest(given, one.encode()) for one in known]
    if client is None:
        raise InvalidClient(detail="client is not known")
    if credentials.method != client.token_endpoint_auth_method:
        raise InvalidClient(detail="client is registered for another method")
    if not client.is_public and not any(matched):
        raise InvalidClient(detail="client_secret is wrong")
