"""How well a person proved who they are."""

import pytest

from auth_service.protocol.acr import ACR_VALUES, acr


@pytest.mark.parametrize(
    ("amr", "level"),
    [
        ((), None),
        (("pwd",), "urn:valetkey:acr:password"),
        (("pwd", "otp"), "urn:valetkey:acr:password"),
        (("unheard of",), None),
    ],
)
def test_the_methods_say_which_level_was_reached(
    amr: tuple[str, ...], level: str | None
) -> None:
    assert acr(amr) == level


def test_every_level_is_a_uri_and_told_once() -> None:
    """OIDC Core section 2: an absolute URI, or a name registered by RFC 6711."""
    assert len(set(ACR_VALUES)) == len(ACR_VALUES)
    assert all(name.startswith("urn:") for name in ACR_VALUES)
