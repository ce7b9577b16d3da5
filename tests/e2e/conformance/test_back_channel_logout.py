"""The plan of back-channel logout: a client hears that a session ended."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import jwt

from tests.builders.sites import Site, document, site
from tests.e2e.authorization_server import AuthorizationServer, running
from tests.e2e.conformance.discovery import discovered, endpoints_are_right
from tests.e2e.conformance.log_out import (
    POST_LOGOUT,
    is_signed_out,
    log_out,
    sent_back,
)
from tests.e2e.conformance.provider import key_of
from tests.e2e.conformance.rp import RelyingParty, SignIn, dynamic_client, static_client
from tests.e2e.waiting import until

EVENT = "http://schemas.openid.net/event/backchannel-logout"
PATH = "/backchannel_logout"


async def heard(rp: RelyingParty, request: bytes) -> dict[str, Any]:
    """The claims of the logout token that is all that the client was sent."""
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(f"POST {PATH} HTTP/1.1".encode())
    assert b"content-type: application/x-www-form-urlencoded" in head.lower()
    ((name, token),) = parse_qsl(body.decode(), strict_parsing=True)
    assert name == "logout_token"
    header = jwt.get_unverified_header(token)
    assert header["alg"] == "RS256"  # as the ID tokens of the client
    claims: dict[str, Any] = jwt.decode(
        token,
        await key_of(rp.auth, header["kid"]),
        algorithms=["RS256"],
        audience=rp.client_id,
        issuer=rp.auth.issuer,
        options={"require": ["iss", "aud", "iat", "exp", "jti", "events"]},
    )
    return claims


def is_right(claims: dict[str, Any], done: SignIn) -> None:
    """A logout token speaks of this sign-in (Back-Channel Logout section 2.4)."""
    assert claims["iat"] <= time.time() + 5
    assert claims["jti"]
    assert claims["events"] == {EVENT: {}}
    assert claims["sub"] == done.claims["sub"]
    assert claims["sid"] == done.claims["sid"]
    assert "nonce" not in claims


async def test_oidcc_backchannel_logout_discovery_endpoint_verification(
    auth: AuthorizationServer,
) -> None:
    document = await discovered(auth)
    endpoints_are_right(document)
    assert document["end_session_endpoint"].startswith("https://")
    assert document["backchannel_logout_supported"] is True
    assert document["backchannel_logout_session_supported"] is True


async def test_oidcc_backchannel_rp_initiated_logout(
    new_database: Callable[..., str], redis_url: str
) -> None:
    async with site(document(b"", headers=("cache-control: no-store",))) as there:
        changes = {
            "ENVIRONMENT": "development",
            "REGISTRATION": "open",
            "OUTBOUND_LOOPBACK_PORTS": str(there.port),
        }
        async with running(new_database(), redis_url, **changes) as auth:
            wanted = {
                "backchannel_logout_uri": f"http://127.0.0.1:{there.port}{PATH}",
                "backchannel_logout_session_required": True,
                "post_logout_redirect_uris": [POST_LOGOUT],
            }
            # It may be registered by the app itself as well as by the operator.
            itself = await dynamic_client(auth, **wanted)
            assert wanted.items() <= itself.registration.items()
            await is_told(await static_client(auth, "conformance-app", **wanted), there)


async def is_told(rp: RelyingParty, there: Site) -> None:
    """The person is signed out and sent back, and the client hears of it."""
    done = await rp.sign_in()
    request = {
        "id_token_hint": done.tokens["id_token"],
        "post_logout_redirect_uri": POST_LOGOUT,
        "state": uuid4().hex * 4,
    }
    page = await log_out(rp, request)
    assert sent_back(page) == {"state": request["state"]}
    is_right(await heard(rp, (await until(lambda: there.requests))[0]), done)
    await is_signed_out(rp)
