"""Who may know about a token, and what (RFC 7662)."""

import pytest

from auth_service.protocol.introspection import (
    INACTIVE,
    about_access_token,
    about_refresh_token,
    may_know,
)
from tests.builders.auth import API, ISSUER
from tests.builders.protocol import catalogue, client, grant

CLAIMS = {
    "iss": ISSUER,
    "aud": API,
    "sub": "the-subject",
    "client_id": "app",
    "scope": "notes:read",
    "exp": 2,
    "iat": 1,
    "jti": "the-jti",
    "grant_id": "the-family",
}


@pytest.mark.parametrize(
    ("client_id", "knows"),
    [("app", True), ("notes-api", True), ("other", False), (API, False)],
)
def test_IN02_the_app_itself_and_the_api_it_is_for(client_id: str, knows: bool) -> None:
    assert may_know(CLAIMS, client(client_id=client_id), catalogue()) is knows


def test_IN02_the_api_does_not_know_of_other_audiences() -> None:
    api = client(client_id="notes-api")
    for aud in (ISSUER, "https://other.example", None, "notes-api"):
        assert not may_know({**CLAIMS, "aud": aud}, api, catalogue())


def test_what_is_told_is_what_the_token_says() -> None:
    told = about_access_token(CLAIMS, username="alice")
    assert told == {
        **{name: value for name, value in CLAIMS.items() if name != "grant_id"},
        "active": True,
        "token_type": "Bearer",
        "username": "alice",
    }
    assert "username" not in about_access_token(CLAIMS, username=None)


def test_a_refresh_token_is_told_to_be_one() -> None:
    told = about_refresh_token(grant(), issuer=ISSUER, sub="s")
    assert told["sub"] == "s"
    assert told["token_type"] == "refresh_token"
    assert told["scope"] == "notes:read openid"


def test_IN02_inactive_says_no_more() -> None:
    assert INACTIVE == {"active": False}
