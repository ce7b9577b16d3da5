"""Answers to WebAuthn challenges, right and wrong in one thing each."""

import json

import pytest

from auth_service.crypto.passkeys import WebAuthn
from auth_service.ports import NotAPasskey
from auth_service.protocol.factors import Passkey
from auth_service.protocol.user import User
from tests.builders.passkeys import (
    BACKED_UP,
    BACKUP_ELIGIBLE,
    USER_PRESENT,
    VERIFIED,
    Device,
    encoded,
)
from valetkey.opaque import new_handle

ORIGIN = "https://id.example:8443"
CEREMONIES = WebAuthn(issuer=f"{ORIGIN}/tenant")
ALICE = User(subject="a" * 32, username="alice", email="a@b.example", name="Alice")


def created(device: Device, challenge: str, /, **changes: str) -> Passkey:
    options = CEREMONIES.creation_options(challenge, ALICE, [])
    answer = device.create(options, **changes)
    return CEREMONIES.check_creation(
        answer, challenge, subject=ALICE.subject, name="Phone"
    )


def test_the_options_ask_for_a_passkey_of_the_issuers_host() -> None:
    passkey = created(Device(ORIGIN), new_handle())
    asked = json.loads(CEREMONIES.creation_options("AAAA", ALICE, [passkey]))
    assert asked["rp"]["id"] == "id.example"
    assert asked["challenge"] == "AAAA"
    assert asked["attestation"] == "none"
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["excludeCredentials"][0]["id"] == passkey.credential_id
    asked = json.loads(CEREMONIES.request_options("AAAA", [passkey]))
    assert (asked["rpId"], asked["userVerification"]) == ("id.example", "required")
    assert asked["allowCredentials"][0]["transports"] == ["internal"]


@pytest.mark.parametrize(
    ("flags", "eligible", "backed_up"),
    [
        (VERIFIED, False, False),
        (VERIFIED | BACKUP_ELIGIBLE, True, False),
        (VERIFIED | BACKUP_ELIGIBLE | BACKED_UP, True, True),
    ],
)
def test_a_passkey_is_kept_as_it_is(
    flags: int, eligible: bool, backed_up: bool
) -> None:
    device = Device(ORIGIN, flags=flags, count=7)
    passkey = created(device, new_handle())
    assert passkey.credential_id == encoded(device.credential_id)
    assert (passkey.backup_eligible, passkey.backed_up) == (eligible, backed_up)
    assert (passkey.sign_count, passkey.transports) == (7, ("internal",))


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://id.example"},
        {"origin": "https://evil.example:8443"},
        {"type": "webauthn.get"},
        {"challenge": "AAAA"},
    ],
)
def test_what_was_made_elsewhere_is_not_kept(changes: dict[str, str]) -> None:
    with pytest.raises(NotAPasskey):
        created(Device(ORIGIN), new_handle(), **changes)


def test_nobody_unverified_makes_or_uses_a_passkey() -> None:
    with pytest.raises(NotAPasskey):
        created(Device(ORIGIN, flags=USER_PRESENT), new_handle())
    device, challenge = Device(ORIGIN), new_handle()
    passkey = created(device, challenge)
    device.flags = USER_PRESENT
    answer = device.get(CEREMONIES.request_options(challenge))
    with pytest.raises(NotAPasskey):
        CEREMONIES.check_use(answer, challenge, passkey)


def test_a_use_says_how_far_the_device_has_counted() -> None:
    device, challenge = Device(ORIGIN), new_handle()
    passkey = created(device, challenge)
    answer = device.get(CEREMONIES.request_options(challenge))
    used = CEREMONIES.check_use(answer, challenge, passkey)
    assert used.sign_count == 1
    with pytest.raises(NotAPasskey):
        CEREMONIES.check_use(answer, challenge, used)


def test_the_key_and_the_user_handle_are_the_owners() -> None:
    device, other, challenge = Device(ORIGIN), Device(ORIGIN), new_handle()
    passkey = created(device, challenge)
    created(other, challenge)
    answer = other.get(CEREMONIES.request_options(challenge))
    with pytest.raises(NotAPasskey):
        CEREMONIES.check_use(answer, challenge, passkey)
    device.user_handle = b"somebody else"
    answer = device.get(CEREMONIES.request_options(challenge))
    with pytest.raises(NotAPasskey):
        CEREMONIES.check_use(answer, challenge, passkey)
