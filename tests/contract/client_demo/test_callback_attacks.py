"""What must not sign anybody in at the callback (attacks.md, section 1.19)."""

from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI

from tests.contract.client_demo.browser import Browser
from tests.contract.client_demo.peer import Peer, query


async def refused(browser: Browser, parameters: dict[str, str]) -> str:
    """Bring an answer that must be refused before its code is sent; the page."""
    answer = await browser.arrive(parameters)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")
    assert "/token" not in browser.peer.requests
    assert not await browser.is_signed_in()
    return answer.text


async def test_a_sign_in_that_nobody_attacks_succeeds(browser: Browser) -> None:
    """The control: every other test is one step away from this."""
    answer = await browser.sign_in()

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert await browser.is_signed_in()


@pytest.mark.parametrize("state", ["", "wrong", "ü", "x" * 4000])
async def test_CL01_a_missing_or_wrong_state_is_refused(browser, peer, state) -> None:
    await refused(browser, peer.sign_in(await browser.begin(), state=state))


async def test_CL02_the_answer_of_another_browser_is_refused(app, browser, peer):
    """An attacker's own code and state, opened by the victim."""
    attacker = Browser(app, peer)
    answer = peer.sign_in(await attacker.begin())

    await browser.begin()
    await refused(browser, answer)

    assert (await attacker.arrive(answer)).status_code == 303


async def test_CL01_CL03_the_same_answer_twice_is_refused(browser, peer) -> None:
    """Even by a browser that kept the cookie of the flow."""
    answer = peer.sign_in(await browser.begin())
    kept = httpx.Cookies(browser.jar)
    assert (await browser.arrive(answer)).status_code == 303
    calls = list(peer.requests)

    browser.jar = kept
    again = await browser.arrive(answer)

    assert again.status_code == 400
    assert peer.requests == calls


@pytest.mark.parametrize(
    "iss", ["", "https://evil.example", "https://op.example/", "HTTPS://op.example"]
)
async def test_CL04_a_missing_or_wrong_iss_is_refused(browser, peer, iss) -> None:
    await refused(browser, peer.sign_in(await browser.begin(), iss=iss))


async def test_CL04_iss_may_be_missing_where_it_was_never_promised(
    new_app: Callable[..., FastAPI], peer: Peer
) -> None:
    peer.metadata["authorization_response_iss_parameter_supported"] = None
    browser = Browser(new_app(), peer)

    answer = await browser.arrive(peer.sign_in(await browser.begin(), iss=""))

    assert answer.status_code == 303
    assert "RFC 9207" not in (await browser.get("/")).text


async def test_CL05_CL18_a_flow_begun_at_one_provider_is_not_finished_at_another(
    new_app: Callable[..., FastAPI], browser: Browser, peer: Peer, clock
) -> None:
    """The same browser and Redis, two providers: each answer to its own flow only."""
    other = Peer(clock, issuer="https://other.example")
    other_app = new_app(other, ISSUER_URL=other.issuer)
    url = await browser.begin()
    browser.app, here = other_app, browser.app
    other_url = await browser.begin()

    mixed = await browser.arrive(peer.sign_in(url, iss=other.issuer))
    assert mixed.status_code == 400
    assert "/token" not in peer.requests + other.requests

    browser.app = here
    named = await browser.arrive(peer.sign_in(await browser.begin(), iss=other.issuer))
    assert named.status_code == 400
    crossed = await browser.arrive(other.sign_in(other_url, iss=peer.issuer))
    assert crossed.status_code == 400
    assert "/token" not in peer.requests + other.requests


@pytest.mark.parametrize(
    ("error", "description"),
    [
        ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>"),
        ("access_denied", "</dd><script>alert(1)</script>"),
        ('"><svg onload=alert(1)>', "x" * 4000),
    ],
)
async def test_CL08_an_error_answer_is_escaped(
    browser, peer, error, description
) -> None:
    answer = peer.sign_in(await browser.begin(), code="")

    page = await refused(
        browser, answer | {"error": error, "error_description": description}
    )

    assert "x" * 201 not in page
    assert "<script" not in page
    assert "<img" not in page
    assert "onload" not in page.replace("&#34;&gt;&lt;svg onload", "")
    assert "/sign-in" in page


async def test_CL08_an_error_without_a_flow_says_nothing_of_itself(browser) -> None:
    """Anybody can make somebody open a link to our callback."""
    page = await refused(browser, {"error": "call_this_number", "state": "x"})

    assert "call_this_number" not in page


async def test_CL09_a_stolen_code_meets_another_verifier(app, browser, peer) -> None:
    victim = Browser(app, peer)
    stolen = peer.sign_in(await victim.begin())["code"]

    answer = await browser.arrive(peer.sign_in(await browser.begin(), code=stolen))

    assert answer.status_code == 400
    assert "invalid_grant" in answer.text
    assert not await browser.is_signed_in()


@pytest.mark.parametrize(
    "path",
    [
        "//evil",
        "/\\evil",
        "/%5cevil",
        "https:evil",
        "/%09/evil",
        "/\t/evil",
        "javascript:alert(1)",
        "https://as.example@evil",
        "/notes\n",
        "/" * 500,
    ],
)
async def test_CL11_return_to_leads_only_to_our_own_pages(browser, peer, path) -> None:
    answer = await browser.sign_in(f"/sign-in?{query({'return_to': path})}")

    assert answer.headers["location"] == "/"


async def test_CL11_return_to_a_page_of_ours_is_kept(browser) -> None:
    answer = await browser.sign_in("/sign-in?return_to=/notes")

    assert answer.headers["location"] == "/notes"


async def test_CL13_every_sign_in_makes_a_new_session(browser, app, peer) -> None:
    """A handle that was planted or known before is worth nothing afterwards."""
    browser.jar.set("__Host-demo-session", "planted", domain="client.example")
    await browser.sign_in()
    first = browser.jar["__Host-demo-session"]
    await browser.sign_in()
    second = browser.jar["__Host-demo-session"]

    assert len({"planted", first, second}) == 3
    for old in ("planted", first):
        thief = Browser(app, peer)
        thief.jar.set("__Host-demo-session", old, domain="client.example")
        assert not await thief.is_signed_in()


async def test_CL14_two_tabs_each_finish_their_own_sign_in(browser, peer) -> None:
    first, second = await browser.begin(), await browser.begin("/sign-in?return_to=/x")

    assert (await browser.arrive(peer.sign_in(first))).headers["location"] == "/"
    assert (await browser.arrive(peer.sign_in(second))).headers["location"] == "/x"


async def test_a_browser_keeps_eight_flows_and_the_newest_finishes(
    browser, peer
) -> None:
    """Or a page that begins sign-ins in a loop would lock the browser out."""
    urls = [await browser.begin() for _ in range(12)]

    flows = [name for name in browser.jar if name.startswith("__Host-demo-flow-")]
    assert len(flows) == 8
    assert (await browser.arrive(peer.sign_in(urls[-1]))).status_code == 303


@pytest.mark.parametrize("repeated", ["code", "state", "iss", "error"])
async def test_CL16_a_repeated_parameter_is_refused(browser, peer, repeated) -> None:
    answer = peer.sign_in(await browser.begin())
    twice = f"{repeated}={answer.get(repeated, '')}"
    page = await browser.get(f"/callback?{query(answer)}&{twice}&{twice}")

    assert page.status_code == 400
    assert "/token" not in peer.requests


async def test_CL20_the_redirect_uri_comes_from_the_settings(browser, new_app) -> None:
    headers = {"host": "evil.example", "x-forwarded-host": "evil.example"}
    refused_host = await browser.get("/sign-in", headers=headers)
    assert refused_host.status_code == 421

    browser.app = new_app(ALLOWED_HOSTS="evil.example")
    url = (await browser.get("/sign-in", headers=headers)).headers["location"]
    assert "redirect_uri=https%3A%2F%2Fclient.example%2Fcallback&" in url
    assert "evil" not in url
