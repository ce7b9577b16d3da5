"""What every page keeps to, the pauses of step by step, and stores that are away."""

import asyncio
import html
import re
import socket

import pytest

from client_demo.settings import Settings
from tests.contract.client_demo.browser import Browser
from valetkey.settings import UnusableSettings


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/callback", "/nothing", "/static/style.css", "/readyz"]
)
async def test_every_answer_has_the_security_headers(browser, path) -> None:
    headers = (await browser.get(path)).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "img-src 'self' https://op.example;" in policy
    assert "form-action 'self' https://op.example;" in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["strict-transport-security"]
    expected = "no-cache" if path.startswith("/static/") else "no-store"
    assert headers["cache-control"] == expected


async def test_cookies_are_bound_to_this_host_and_out_of_reach(browser) -> None:
    answer = await browser.get("/sign-in")

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-demo-flow-")
    for attribute in ("Secure", "HttpOnly", "Path=/", "SameSite=lax", "Max-Age=900"):
        assert attribute in cookie


async def test_step_by_step_pauses_twice_and_signs_in(browser, peer) -> None:
    first = await browser.get("/sign-in?mode=steps")
    assert "code_challenge" in first.text
    url = html.unescape(re.search(r'href="(https://op[^"]+)"', first.text)[1])

    second = await browser.arrive(peer.sign_in(url))
    assert "Exchange the code" in second.text
    assert "/token" not in peer.requests
    state = re.search(r'name="state" value="([^"]+)"', second.text)[1]

    third = await browser.post("/callback", state=state)
    assert third.headers["location"] == "/"
    assert await browser.is_signed_in()
    assert (await browser.post("/callback", state=state)).status_code == 400


async def test_CL02_a_paused_answer_continues_in_its_own_browser_only(
    app, browser, peer
) -> None:
    first = await browser.get("/sign-in?mode=steps")
    url = html.unescape(re.search(r'href="(https://op[^"]+)"', first.text)[1])
    page = await browser.arrive(peer.sign_in(url))
    state = re.search(r'name="state" value="([^"]+)"', page.text)[1]
    attacked = Browser(app, peer)

    assert (await attacked.post("/callback", state=state)).status_code == 400
    assert not await attacked.is_signed_in()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("POST", "/", 405),
        ("GET", "/static/..%2fpages/base.html", 404),
        ("GET", "/?after=%ff", 400),
        ("GET", "/sign-in?a=1&a=1", 400),
        ("POST", "/callback", 400),
        ("GET", "/steps", 303),
        ("GET", "/notes", 303),
    ],
)
async def test_a_bad_request_gets_a_page(browser, method, path, status) -> None:
    assert (await browser.send(method, path)).status_code == status


@pytest.mark.parametrize("path", ["/sign-in", "/callback?state=x&code=y", "/"])
async def test_a_redis_that_is_away_is_a_page_within_two_seconds(
    new_app, peer, path
) -> None:
    """The worst way to be away: a server that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        browser = Browser(new_app(REDIS_URL=f"redis://127.0.0.1:{port}/0"), peer)
        browser.jar.set("__Host-demo-session", "x", domain="client.example")
        async with asyncio.timeout(2):
            answer = await browser.get(path)
            ready = await browser.get("/readyz")

    assert (answer.status_code, ready.status_code) == (503, 503)
    assert ready.json()["checks"] == {"redis": "failed", "provider": "ok"}
    assert "Wait a moment" in answer.text
    assert (await browser.get("/healthz")).status_code == 200


async def test_a_provider_that_is_away_at_start_is_found_later(browser, peer) -> None:
    peer.away.add(peer.issuer)
    assert (await browser.get("/sign-in")).status_code == 503
    assert (await browser.get("/")).status_code == 200
    peer.away.clear()

    assert (await browser.get("/sign-in")).status_code == 303


async def test_a_picture_is_shown_only_from_where_the_policy_allows(browser, peer):
    peer.userinfo = b'{"sub": "alice", "picture": "https://op.example/pictures/1"}'
    await browser.sign_in()
    assert 'src="https://op.example/pictures/1"' in (await browser.get("/")).text

    for elsewhere in ("https://evil.example/1", "javascript:alert(1)", "//evil/1"):
        peer.userinfo = f'{{"sub": "alice", "picture": "{elsewhere}"}}'.encode()
        await browser.sign_in()
        assert "<img" not in (await browser.get("/")).text


def test_every_problem_of_the_settings_is_reported_at_once(environ) -> None:
    changes = {
        "CLIENT_URL": "http://client.example/app",
        "ISSUER_URL": "http://op.example",
        "PROVIDER_ORIGINS": "https://a.example, http://b.example",
        "SCOPE": "profile",
    }

    with pytest.raises(UnusableSettings) as unusable:
        Settings.load(environ | changes)

    named = [problem.partition(":")[0] for problem in unusable.value.problems]
    assert named == [
        "CLIENT_URL",
        "ISSUER_URL",
        "PROVIDER_ORIGINS",
        "CLIENT_URL",
        "SCOPE",
    ]
