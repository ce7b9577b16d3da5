"""Codes of authenticator apps."""

from base64 import b32encode
from datetime import UTC, datetime

import pytest

from auth_service.crypto.authenticator import TotpCodes

CODES = TotpCodes(issuer="Valetkey")
SECRET = b32encode(b"12345678901234567890").decode()
#: RFC 6238 appendix B, SHA-1, its last six digits: time and code.
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    assert CODES.step_of(SECRET, code, at(seconds)) == seconds // 30


@pytest.mark.parametrize(("late", "taken"), [(-60, False), (-30, True), (30, True)])
@pytest.mark.parametrize(("seconds", "code"), VECTORS[1:])
def test_a_clock_may_be_one_step_off(
    seconds: int, code: str, late: int, taken: bool
) -> None:
    """The step is that of the code, not that of our clock."""
    step = CODES.step_of(SECRET, code, at(seconds + late))
    assert step == (seconds // 30 if taken else None)


@pytest.mark.parametrize(
    "code", ["", "28708", "2870820", "28708x", "٢٨٧٠٨٢", "287082\n", "-87082"]
)
def test_what_is_not_six_digits_is_no_code(code: str) -> None:
    assert CODES.step_of(SECRET, code, at(59)) is None


def test_a_secret_has_160_bits_and_is_never_the_same() -> None:
    secrets = {CODES.new_secret() for _ in range(20)}
    assert len(secrets) == 20
    assert {len(secret) for secret in secrets} == {32}


def test_the_qr_code_names_the_account_and_us() -> None:
    uri = CODES.uri(SECRET, "alice")
    assert uri.startswith("otpauth://totp/Valetkey:alice?")
    assert f"secret={SECRET}" in uri
