"""The claims of an ID token (OpenID Connect Core section 2)."""

from datetime import timedelta

import pytest

from auth_service.protocol.id_token import at_hash, id_token_claims
from tests.builders.auth import ISSUER
from tests.builders.protocol import NOW, grant


def claims(
    nonce: str | None = "the-nonce",
    told: dict[str, object] | None = None,
    **changes: object,
) -> dict[str, object]:
    return id_token_claims(
        grant(**changes),
        issuer=ISSUER,
        sub="what the app calls them",
        alg="RS256",
        nonce=nonce,
        access_token="an-access-token",
        told=told or {},
        now=NOW,
        lifetime=timedelta(minutes=10),
    )


def test_it_says_who_when_how_and_for_whom() -> None:
    iat = int(NOW.timestamp())
    assert claims() == {
        "iss": ISSUER,
        "sub": "what the app calls them",
        "aud": "app",
        "iat": iat,
        "exp": iat + 600,
        "auth_time": iat,
        "acr": "urn:valetkey:acr:password",
        "amr": ["pwd"],
        "at_hash": at_hash("an-access-token", alg="RS256"),
        "nonce": "the-nonce",
        "sid": "the-sid",
    }


@pytest.mark.parametrize("nonce", ["", " ", "é", "x" * 255])
def test_AC20_the_nonce_is_repeated_to_the_letter(nonce: str) -> None:
    assert claims(nonce)["nonce"] == nonce


def test_AC20_there_is_none_if_none_was_sent() -> None:
    assert "nonce" not in claims(None)


def test_what_was_asked_for_is_told_and_replaces_nothing() -> None:
    """OIDC Core section 5.5."""
    told: dict[str, object] = {"email": "a@people.example", "sub": "bob", "aud": "x"}
    assert claims(told=told) == {**claims(), "email": "a@people.example"}


def test_there_is_no_acr_where_nothing_was_proven() -> None:
    assert "acr" not in claims(amr=())


def test_the_password_grant_has_no_session() -> None:
    assert "sid" not in claims(sid=None)


def test_at_hash_is_that_of_the_specification() -> None:
    """OpenID Connect Core appendix A.4."""
    token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
    assert at_hash(token, alg="RS256") == "77QmUPtjPfzWtF2AnpK9RQ"
