"""The claims of an access token (RFC 9068 section 2.2)."""

from datetime import timedelta
from typing import Any

from auth_service.protocol.access_token import Access, access_token_claims
from tests.builders.auth import API, ISSUER
from tests.builders.protocol import NOW


def claims(**changes: Any) -> dict[str, object]:
    fields: dict[str, Any] = {
        "client_id": "app",
        "subject": "the-subject",
        "audience": API,
        "scopes": frozenset({"openid", "notes:read"}),
    }
    return access_token_claims(
        Access(**fields | changes),
        issuer=ISSUER,
        jti="the-jti",
        now=NOW,
        lifetime=timedelta(minutes=10),
    )


def test_a_service_has_the_required_claims_and_no_others() -> None:
    iat = int(NOW.timestamp())
    assert claims() == {
        "iss": ISSUER,
        "aud": API,
        "sub": "the-subject",
        "client_id": "app",
        "iat": iat,
        "exp": iat + 600,
        "jti": "the-jti",
        "scope": "notes:read openid",
    }


def test_a_person_has_a_family_a_session_and_a_time() -> None:
    more = claims(grant_id="g", sid="s", auth_time=NOW, amr=("pwd",))
    assert {name: more[name] for name in more.keys() - claims().keys()} == {
        "grant_id": "g",
        "sid": "s",
        "auth_time": int(NOW.timestamp()),
        "amr": ["pwd"],
        "acr": "urn:valetkey:acr:password",
    }


def test_times_are_whole_seconds() -> None:
    more = claims(auth_time=NOW)
    assert all(type(more[name]) is int for name in ("iat", "exp", "auth_time"))
