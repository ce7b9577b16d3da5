"""The provider says from behind that a session of its has ended (attacks.md LO11)."""

import json
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.contract.client_demo.browser import Browser
from tests.contract.client_demo.peer import CLIENT_ID, Peer, StoppedClock

EVENT = "http://schemas.openid.net/event/backchannel-logout"
SID = "the session at the provider"


@pytest.fixture
def sid(peer: Peer) -> str:
    """Every test has a provider's session of its own: Redis is for all of them."""
    peer.claims["sid"] = f"{SID} {uuid4().hex}"
    return str(peer.claims["sid"])


@pytest.fixture
def sub(peer: Peer) -> str:
    """And a person of its own."""
    peer.claims["sub"] = uuid4().hex
    peer.userinfo = json.dumps({"sub": peer.claims["sub"]}).encode()
    return str(peer.claims["sub"])


def logout_token(
    peer: Peer, clock: StoppedClock, typ: str | None = "logout+jwt", **changes: Any
) -> str:
    now = int(clock.now().timestamp())
    claims = {
        "iss": peer.issuer,
        "aud": CLIENT_ID,
        "iat": now,
        "exp": now + 120,
        "jti": uuid4().hex,
        "events": {EVENT: {}},
        **changes,
    }
    told = {name: value for name, value in claims.items() if value is not ...}
    headers = {"kid": "k1", "typ": typ}
    return jwt.encode(told, peer.key, "ES256", headers)


async def send(browser: Browser, token: str) -> httpx.Response:
    """As the provider does: no cookie, no browser's headers."""
    stranger = Browser(browser.app, browser.peer)
    return await stranger.send(
        "POST", "/backchannel-logout", data={"logout_token": token}
    )


async def test_the_sessions_of_a_sid_end(browser, app, peer, clock, sid) -> None:
    """In every browser that has one of it, and in no other."""
    other, stranger = Browser(app, peer), Browser(app, peer)
    await browser.sign_in()
    await other.sign_in()
    peer.claims["sid"] = uuid4().hex
    await stranger.sign_in()

    answer = await send(browser, logout_token(peer, clock, sid=sid, sub="alice"))

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert not await browser.is_signed_in()
    assert not await other.is_signed_in()
    assert await stranger.is_signed_in()


async def test_what_else_the_form_says_is_passed_over(
    browser, peer, clock, sid
) -> None:
    """Section 2.5."""
    await browser.sign_in()
    form = {"logout_token": logout_token(peer, clock, sid=sid), "later": "x"}
    stranger = Browser(browser.app, browser.peer)

    answer = await stranger.send("POST", "/backchannel-logout", data=form)

    assert answer.status_code == 200
    assert not await browser.is_signed_in()


async def test_without_a_sid_all_sessions_of_the_person_end(
    browser, peer, clock, sid, sub
) -> None:
    await browser.sign_in()

    assert (await send(browser, logout_token(peer, clock, sub=sub))).status_code == 200

    assert not await browser.is_signed_in()
    clock.advance(seconds=1)
    await browser.sign_in()
    assert await browser.is_signed_in()


async def test_a_sign_in_on_its_way_does_not_outlive_the_logout(
    browser, peer, clock, sid
) -> None:
    """The ID token is older than the logout token that overtook it."""
    url = await browser.begin()
    await send(browser, logout_token(peer, clock, sid=sid))

    answer = await browser.arrive(peer.sign_in(url))

    assert answer.headers["location"] == "/?after=session-ended"
    assert not await browser.is_signed_in()


@pytest.mark.parametrize(
    "changes",
    [
        {"events": ...},
        {"events": {}},
        {"events": {"http://schemas.openid.net/event/other": {}}},
        {"events": {EVENT: True}},
        {"events": [EVENT]},
        {"events": EVENT},
        {"nonce": "n"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": ...},
        {"iss": "https://evil.example"},
        {"iss": ...},
        {"iat": ...},
        {"exp": ...},
        {"exp": 1},
        {"exp": 4_000_000_000},
        {"iat": 4_000_000_000},
        {"jti": ...},
        {"jti": ""},
        {"sid": ...},
        {"sid": ""},
        {"sid": ["x"]},
        {"sid": "x", "sub": 5},
        {"typ": "JWT"},
        {"typ": "at+jwt"},
        {"typ": None},
    ],
    ids=str,
)
async def test_LO11_a_token_that_is_no_logout_token_ends_nothing(
    browser, peer, clock, sid, changes
) -> None:
    await browser.sign_in()

    answer = await send(browser, logout_token(peer, clock, **{"sid": sid, **changes}))

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
    assert answer.headers["cache-control"] == "no-store"
    assert await browser.is_signed_in()


async def test_LO11_a_forged_token_ends_nothing(browser, peer, clock, sid) -> None:
    """alg none, a key of somebody else, the secret as a key, an ID token of ours."""
    await browser.sign_in()
    good = logout_token(peer, clock, sid=sid)
    claims = jwt.decode(good, options={"verify_signature": False})
    head = {"kid": "k1", "typ": "logout+jwt"}
    stranger = ec.generate_private_key(ec.SECP256R1())
    forged = [
        jwt.encode(claims, None, "none", head),
        jwt.encode(claims, stranger, "ES256", head),
        jwt.encode(claims, "s" * 64, "HS256", head),
        good[:-4] + "AAAA",
        peer.id_token("access", None),
        "x",
        "",
    ]

    for token in forged:
        assert (await send(browser, token)).status_code == 400

    assert await browser.is_signed_in()


async def test_LO11_a_logout_token_counts_once(browser, peer, clock, sid) -> None:
    token = logout_token(peer, clock, sid=sid)
    assert (await send(browser, token)).status_code == 200
    clock.advance(seconds=1)
    await browser.sign_in()

    again = await send(browser, token)

    assert again.status_code == 400
    assert await browser.is_signed_in()


async def test_the_provider_of_another_name_ends_nothing_here(
    browser, new_app, clock, peer, sid
) -> None:
    """Sessions are known by issuer and sid together."""
    await browser.sign_in()
    other = Peer(clock, issuer="https://other.example")
    other_app = new_app(other, ISSUER_URL=other.issuer)

    answer = await send(Browser(other_app, other), logout_token(other, clock, sid=sid))

    assert answer.status_code == 200
    assert await browser.is_signed_in()


async def test_no_keys_and_no_form_are_400(browser, peer, clock, sid) -> None:
    """Section 2.8: whatever fails, so that the provider tries again."""
    peer.away.add("/jwks")
    answer = await send(browser, logout_token(peer, clock, sid=sid))
    assert answer.status_code == 400

    bare = await browser.send("POST", "/backchannel-logout", content=b"{}")
    assert bare.status_code == 400
    assert (await browser.get("/backchannel-logout")).status_code == 405
