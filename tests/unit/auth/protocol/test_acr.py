"""How well a person proved who they are."""

import pytest

from auth_service.protocol.acr import (
    ACR_VALUES,
    PASSKEY,
    PASSWORD,
    SECOND_FACTOR,
    acr,
    reached,
)


@pytest.mark.parametrize(
    ("amr", "level"),
    [
        ((), None),
        (("pwd",), "urn:valetkey:acr:password"),
        (("pwd", "otp"), "urn:valetkey:acr:password"),
        (("pwd", "otp", "mfa"), "urn:valetkey:acr:second-factor"),
        (("pwd", "mfa"), "urn:valetkey:acr:second-factor"),
        (("hwk", "user", "mfa"), "urn:valetkey:acr:passkey"),
        (("swk", "user", "mfa"), "urn:valetkey:acr:passkey"),
        (("pwd", "swk", "user", "mfa"), "urn:valetkey:acr:passkey"),
        (("hwk",), None),
        (("hwk", "mfa"), "urn:valetkey:acr:second-factor"),
        (("unheard of",), None),
    ],
)
def test_the_methods_say_which_level_was_reached(
    amr: tuple[str, ...], level: str | None
) -> None:
    assert acr(amr) == level


def test_a_higher_level_satisfies_the_lower_ones() -> None:
    assert reached(("hwk", "user", "mfa")) == (PASSWORD, SECOND_FACTOR, PASSKEY)
    assert reached(("pwd", "mfa")) == (PASSWORD, SECOND_FACTOR)
    assert reached(("user",)) == ()


@pytest.mark.parametrize(
    ("among", "told"),
    [
        ((PASSWORD,), PASSWORD),
        ((PASSWORD, SECOND_FACTOR), SECOND_FACTOR),
        ((PASSKEY,), SECOND_FACTOR),
        (("other",), SECOND_FACTOR),
    ],
)
def test_the_answer_is_one_of_those_that_were_asked_for(
    among: tuple[str, ...], told: str
) -> None:
    """OIDC Core section 5.5.1.1."""
    assert acr(("pwd", "otp", "mfa"), among=among) == told


def test_every_level_is_a_uri_and_told_once() -> None:
    """OIDC Core section 2: an absolute URI, or a name registered by RFC 6711."""
    assert len(set(ACR_VALUES)) == len(ACR_VALUES)
    assert all(name.startswith("urn:") for name in ACR_VALUES)
