"""What a person has beside a password, and what they type."""

import pytest

from auth_service.protocol.acr import ACR_VALUES, PASSWORD, SECOND_FACTOR
from auth_service.protocol.factors import Factors, read_code, read_passkey_name


@pytest.mark.parametrize(
    ("authenticator", "passkeys", "required", "levels"),
    [
        (False, 0, False, {PASSWORD}),
        (True, 0, True, {PASSWORD, SECOND_FACTOR}),
        (False, 1, True, {*ACR_VALUES}),
        (True, 2, True, {*ACR_VALUES}),
    ],
)
def test_what_a_person_has_says_what_they_need_and_can_reach(
    authenticator: bool, passkeys: int, required: bool, levels: set[str]
) -> None:
    """Recovery codes alone are no factor: they stand in for one."""
    factors = Factors(authenticator=authenticator, passkeys=passkeys, recovery_codes=9)
    assert factors.required is required
    assert factors.acr_values == levels


@pytest.mark.parametrize(
    ("typed", "code"),
    [("123 456", "123456"), (" ABCD-efgh ", "abcdefgh"), ("1\u00a02", "12"), ("", "")],
)
def test_a_code_is_read_as_people_write_it(typed: str, code: str) -> None:
    assert read_code(typed) == code


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (None, "Passkey"),
        ("  ", "Passkey"),
        (" My\n phone ", "My phone"),
        ("x" * 99, "x" * 50),
    ],
)
def test_a_passkey_always_has_a_short_name(typed: str | None, name: str) -> None:
    assert read_passkey_name(typed) == name
