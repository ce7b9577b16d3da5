"""Modules about userinfo and what scopes and claims bring (OIDC Core 5)."""

import json
from datetime import date
from typing import Any

from tests.e2e.conformance.provider import discovery
from tests.e2e.conformance.rp import RelyingParty

#: OIDC Core section 5.1, of the claims that there are here.
_TYPES: dict[str, type] = {
    "sub": str,
    "name": str,
    "preferred_username": str,
    "picture": str,
    "birthdate": str,
    "updated_at": int,
    "email": str,
    "email_verified": bool,
    "phone_number": str,
    "phone_number_verified": bool,
}
#: What is known of the person, by scope (section 5.4).
_CLAIMS = {
    "profile": {"name", "preferred_username", "updated_at"},
    "email": {"email", "email_verified"},
    "phone": {"phone_number", "phone_number_verified"},
}


async def told(rp: RelyingParty, scope: str) -> dict[str, Any]:
    """What userinfo says after a flow with this scope; each claim is of its type."""
    done = await rp.sign_in(scope=scope)
    claims = await rp.userinfo(done.tokens["access_token"])
    assert claims["sub"] == done.claims["sub"]
    assert all(type(value) is _TYPES[name] for name, value in claims.items())
    if "birthdate" in claims:
        date.fromisoformat(claims["birthdate"])
    return claims


async def test_oidcc_userinfo_get(rp: RelyingParty) -> None:
    done = await rp.sign_in()
    claims = await rp.userinfo(done.tokens["access_token"])
    assert claims["sub"] == done.claims["sub"]


async def test_oidcc_userinfo_post_header(rp: RelyingParty) -> None:
    done = await rp.sign_in()
    claims = await rp.userinfo(done.tokens["access_token"], "POST header")
    assert claims["sub"] == done.claims["sub"]


async def test_oidcc_userinfo_post_body(rp: RelyingParty) -> None:
    done = await rp.sign_in()
    claims = await rp.userinfo(done.tokens["access_token"], "POST body")
    assert claims["sub"] == done.claims["sub"]


async def test_oidcc_scope_profile(rp: RelyingParty) -> None:
    claims = await told(rp, "openid profile")
    assert claims.keys() == {"sub"} | _CLAIMS["profile"]


async def test_oidcc_scope_email(rp: RelyingParty) -> None:
    claims = await told(rp, "openid email")
    assert claims.keys() == {"sub"} | _CLAIMS["email"]


async def test_oidcc_scope_phone(rp: RelyingParty) -> None:
    claims = await told(rp, "openid phone")
    assert claims.keys() == {"sub"} | _CLAIMS["phone"]


async def test_oidcc_scope_address(rp: RelyingParty) -> None:
    """The suite skips it where it is not offered, as here; nobody gets it."""
    assert "address" not in (await discovery(rp.auth))["scopes_supported"]
    await rp.refused(rp.request(scope="openid address"), "invalid_scope")


async def test_oidcc_scope_all(rp: RelyingParty) -> None:
    """The suite skips it without `address`; all that there is, works at once."""
    scopes = set(_CLAIMS)
    offered = set((await discovery(rp.auth))["scopes_supported"])
    assert offered & (scopes | {"address"}) == scopes
    claims = await told(rp, f"openid {' '.join(sorted(scopes))}")
    assert claims.keys() == {"sub"}.union(*_CLAIMS.values())


async def test_oidcc_ensure_other_scope_order_succeeds(rp: RelyingParty) -> None:
    claims = await told(rp, "email openid")
    assert claims.keys() == {"sub"} | _CLAIMS["email"]


async def test_oidcc_claims_essential(rp: RelyingParty) -> None:
    asked = json.dumps({"userinfo": {"name": {"essential": True}}})
    done = await rp.sign_in(claims=asked)
    claims = await rp.userinfo(done.tokens["access_token"])
    assert claims["name"] == rp.person.title()
    assert "name" not in done.claims
