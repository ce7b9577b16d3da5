"""What an ID token or a hint must say; tests/e2e/attacks has the access tokens."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.builders.tokens import (
    AUDIENCE,
    ISSUER,
    NOW,
    SECONDS,
    claims,
    ec_jwk,
    header,
    token,
)
from valetkey.errors import InvalidToken
from valetkey.jwk import read_jwks
from valetkey.jwt_verification import Expectation, UnknownKey, verify_jwt

KEYS = read_jwks({"keys": [ec_jwk()]})
ACCESS_TOKEN = Expectation.access_token(issuer=ISSUER, audience=AUDIENCE)
ID_TOKEN = Expectation.id_token(issuer=ISSUER, client_id="app")


def id_token(typ: str | None = "JWT", **changed: Any) -> str:
    usual = {"aud": "app", "client_id": None, "jti": None, "scope": None}
    return token(claims(**{**usual, **changed}), header(typ=typ))


def verify(text: str, expectation: Expectation = ID_TOKEN) -> dict[str, Any]:
    return verify_jwt(text, KEYS, expectation, now=NOW)


def test_an_access_token_is_read() -> None:
    assert verify(token(), ACCESS_TOKEN) == claims()


@pytest.mark.parametrize("typ", ["AT+JWT", "application/at+jwt", "Application/AT+jwt"])
def test_typ_is_a_media_type_in_any_case(typ: str) -> None:
    """RFC 7515 section 4.1.9."""
    assert verify(token(head=header(typ=typ)), ACCESS_TOKEN)["sub"] == "alice"


@pytest.mark.parametrize("typ", ["JWT", "jwt", None])
def test_an_id_token_may_have_no_typ(typ: str | None) -> None:
    assert verify(id_token(typ))["sub"] == "alice"


@pytest.mark.parametrize("typ", ["at+jwt", "logout+jwt", "secevent+jwt", ""])
def test_JW11_another_token_is_not_an_id_token(typ: str) -> None:
    with pytest.raises(InvalidToken) as refusal:
        verify(id_token(typ))

    assert refusal.value.description == ""


@pytest.mark.parametrize(
    ("aud", "azp"),
    [
        (["app"], None),
        (["app"], "app"),
        ("app", "app"),
        (["app", "other"], "app"),
    ],
)
def test_an_id_token_may_have_several_audiences(aud: object, azp: object) -> None:
    assert verify(id_token(aud=aud, azp=azp))["sub"] == "alice"


@pytest.mark.parametrize(
    ("aud", "azp"),
    [
        (["app", "other"], None),
        (["app", "other"], "other"),
        (["app"], "other"),
        ("app", "other"),
        ("app", ["app"]),
    ],
)
def test_JW35_azp_names_the_client(aud: object, azp: object) -> None:
    """OpenID Connect Core section 3.1.3.7, steps 4 and 5."""
    with pytest.raises(InvalidToken, match="azp"):
        verify(id_token(aud=aud, azp=azp))


@pytest.mark.parametrize("aud", ["other", [], ["other"], [["app"]], ["app", 1], {}, 1])
def test_an_id_token_for_others_is_refused(aud: object) -> None:
    with pytest.raises(InvalidToken, match="aud"):
        verify(id_token(aud=aud))


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": ISSUER.upper()},
        {"iss": f"{ISSUER}/"},
        {"iss": ISSUER.replace("id", "\uff49\uff44")},
        {"aud": "APP"},
        {"aud": "\uff41pp"},
        {"aud": ["app", "other"], "azp": "\uff41pp"},
    ],
)
def test_names_are_compared_code_point_by_code_point(changed: dict[str, Any]) -> None:
    """OpenID Connect Core sections 14 and 16.15: also what NFKC makes the same."""
    with pytest.raises(InvalidToken, match="another"):
        verify(id_token(**changed))


def test_a_hint_may_be_expired_and_nothing_else() -> None:
    """RP-Initiated Logout section 4."""
    hint = replace(ID_TOKEN, may_be_expired=True)
    expired = {"iat": SECONDS - 7200, "exp": SECONDS - 3600}

    assert verify(id_token(**expired), hint)["exp"] == SECONDS - 3600
    with pytest.raises(InvalidToken, match="expired"):
        verify(id_token(**expired))
    with pytest.raises(InvalidToken, match="iss"):
        verify(id_token(iss="https://evil.example", **expired), hint)


def test_the_issuer_may_look_at_a_token_for_any_audience() -> None:
    anywhere = Expectation.access_token(issuer=ISSUER, audience=None)

    assert verify(token(claims(aud="https://other.example")), anywhere)
    with pytest.raises(InvalidToken, match="aud"):
        verify(token(claims(aud=["https://other.example"])), anywhere)


def test_a_key_that_is_not_known_is_told_apart() -> None:
    with pytest.raises(UnknownKey):
        verify(token(head=header(kid="k9")), ACCESS_TOKEN)


@pytest.mark.parametrize("algorithms", [{"ES256", "HS256"}, {"none"}, set(), {"RS1"}])
def test_JW03_a_mixed_list_of_algorithms_cannot_be_configured(
    algorithms: set[str],
) -> None:
    with pytest.raises(ValueError, match="algorithms"):
        replace(ACCESS_TOKEN, algorithms=frozenset(algorithms))


def test_only_the_algorithms_that_were_configured_count() -> None:
    with pytest.raises(InvalidToken):
        verify(token(), replace(ACCESS_TOKEN, algorithms=frozenset({"RS256"})))


@pytest.mark.parametrize(
    ("changed", "accepted"),
    [
        ({"exp": SECONDS - 29, "iat": SECONDS - 60}, True),
        ({"exp": SECONDS - 30, "iat": SECONDS - 60}, False),
        ({"iat": SECONDS + 30}, True),
        ({"iat": SECONDS + 31}, False),
        ({"nbf": SECONDS + 30}, True),
        ({"nbf": SECONDS + 31}, False),
        ({"exp": SECONDS + 86_400}, True),
        ({"exp": SECONDS + 86_401}, False),
    ],
)
def test_clocks_may_be_thirty_seconds_apart(
    changed: dict[str, int], *, accepted: bool
) -> None:
    try:
        verify(token(claims(**changed)), ACCESS_TOKEN)
    except InvalidToken:
        assert not accepted
    else:
        assert accepted


def test_the_longest_life_is_the_expectations() -> None:
    short = replace(ACCESS_TOKEN, max_lifetime=timedelta(minutes=5))

    with pytest.raises(InvalidToken, match="too long"):
        verify(token(), short)


def test_only_a_genuine_token_is_told_what_is_wrong() -> None:
    forged = token(claims(exp=1), sign=lambda _: b"\x01" * 64)

    with pytest.raises(InvalidToken) as refusal:
        verify(forged, ACCESS_TOKEN)

    assert refusal.value.description == ""
    assert refusal.value.detail == "the signature is wrong"
