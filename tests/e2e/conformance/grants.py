"""Modules about codes and refresh tokens (OIDC Core 3.1.3, 12; RFC 6749 4.1.2, 6)."""

import re

from tests.e2e.conformance.passing_time import since_redeemed
from tests.e2e.conformance.provider import discovery
from tests.e2e.conformance.responses import good_tokens
from tests.e2e.conformance.rp import RelyingParty, static_client
from tests.e2e.refusals import refused


async def test_oidcc_codereuse(rp: RelyingParty) -> None:
    done = await rp.sign_in()
    refused(await rp.redeem(done.answer["code"]), 400, "invalid_grant")


async def test_oidcc_codereuse_30seconds(rp: RelyingParty) -> None:
    done = await rp.sign_in()
    since_redeemed(rp.auth, done.answer["code"], 30)
    refused(await rp.redeem(done.answer["code"]), 400, "invalid_grant")
    bearer = {"authorization": f"Bearer {done.tokens['access_token']}"}
    answer = await rp.auth.http().get("/oauth/userinfo", headers=bearer)
    assert answer.status_code == 401  # RFC 6749 section 4.1.2: it was revoked


async def refreshed(rp: RelyingParty) -> str:
    """Tokens of a new flow are refreshed; the refresh token that there is then."""
    scope = "openid offline_access"
    first = await rp.sign_in(scope=scope, prompt="consent")
    refresh_token = first.tokens["refresh_token"]
    assert re.fullmatch(r"[\x20-\x7e]+", refresh_token)  # RFC 6749 appendix A.17
    second = good_tokens(await rp.refresh(refresh_token, scope=scope))
    assert second["token_type"] == "Bearer"
    assert second["access_token"] != first.tokens["access_token"]
    claims = await rp.validate(second, nonce=None)
    for name in ("iss", "sub", "aud", "auth_time"):  # OIDC Core section 12.2
        assert claims[name] == first.claims[name]
    assert claims["iat"] >= first.claims["iat"]
    await rp.userinfo(second["access_token"])
    newest = str(second.get("refresh_token", refresh_token))
    assert len(newest) * 8 >= 128  # RFC 6749 section 10.10
    return newest


async def test_oidcc_refresh_token(rp: RelyingParty) -> None:
    offered = (await discovery(rp.auth))["grant_types_supported"]
    assert "refresh_token" in offered
    await refreshed(rp)
    other = await static_client(
        rp.auth, "conformance-second-app", response_mode=rp.response_mode
    )
    theirs = await refreshed(other)
    refused(await rp.refresh(theirs), 400, "invalid_grant")
    # It was not spent by whoever it does not belong to.
    good_tokens(await other.refresh(theirs))
