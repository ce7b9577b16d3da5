"""Attacks on pushed authorization requests (attacks, 9: RFC 9126)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from auth_service.protocol.pushed_request import WRONG_REFERENCES, new_request_uri
from tests.builders.sites import document, site
from tests.e2e import answers
from tests.e2e.authorization_server import AuthorizationServer, running
from tests.e2e.browser import Browser
from tests.e2e.clients import provision
from tests.e2e.people import Somebody
from tests.e2e.probe import Probe
from tests.e2e.pushing import push, reference
from tests.e2e.refusals import refused

REDIRECT = "https://app.example/cb"


async def open_(
    auth: AuthorizationServer, browser: Browser, **query: str
) -> httpx.Response:
    return await browser.request("GET", f"{auth.issuer}/oauth/authorize", params=query)


async def test_a_pushed_request_gets_a_code_with_nothing_but_its_reference(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    answer = await push(auth)
    told = answer.json()

    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert told["expires_in"] == 60
    page = await somebody.browser.copy().get(
        f"{auth.issuer}/oauth/authorize",
        client_id="web-app",
        request_uri=told["request_uri"],
    )
    assert page.url.startswith(REDIRECT)
    assert page.query["state"] == "the-state"
    assert "code" in page.query


@pytest.mark.parametrize(
    "request_uri",
    [
        "http://169.254.169.254/",
        "http://127.0.0.1:6379/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_x",
        "https://evil.example/request",
        "urn:example:x",
    ],
)
async def test_PR01_a_foreign_request_uri_is_never_fetched(
    probe: Probe, request_uri: str
) -> None:
    await probe.is_sent_back("request_uri_not_supported", request_uri=request_uri)
    await probe.is_shown(request_uri=request_uri, redirect_uri=None)


async def test_PR01_PR02_no_connection_is_made_so_no_redirect_is_followed(
    probe: Probe,
) -> None:
    """Not even to loopback, at whose address a site listens that would redirect."""
    redirect = document(
        b"", status="302 Found", headers=("location: http://127.0.0.1/",)
    )
    async with site(redirect) as there:
        uri = f"http://127.0.0.1:{there.port}/request.jwt"
        await probe.is_sent_back("request_uri_not_supported", request_uri=uri)
        assert there.connections == 0


async def test_PR03_a_confidential_client_has_to_authenticate(
    auth: AuthorizationServer,
) -> None:
    refused(await push(auth, credentials={}), 401, "invalid_client")
    wrong = {"client_secret": "wrong"}
    refused(await push(auth, credentials=wrong), 401, "invalid_client")


async def test_PR04_a_request_uri_cannot_be_pushed(auth: AuthorizationServer) -> None:
    known = await reference(auth)
    refused(await push(auth, request_uri=known), 400, "invalid_request")
    refused(await push(auth, request_uri="https://x.example"), 400, "invalid_request")


async def test_PR05_a_reference_is_its_own_clients(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    request_uri = await reference(auth)
    browser = somebody.browser.copy()

    stranger = await open_(
        auth, browser, client_id="es256-app", request_uri=request_uri
    )

    answers.shown(stranger, 400)
    owner = await open_(auth, browser, client_id="web-app", request_uri=request_uri)
    assert answers.has_code(owner)


async def test_PR06_a_pushed_request_is_used_once(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    request_uri = await reference(auth)
    query = {"client_id": "web-app", "request_uri": request_uri}
    browser = somebody.browser.copy()
    newcomer = auth.browser()
    for _ in range(2):  # a reload before anybody has signed in
        page = await newcomer.get(f"{auth.issuer}/oauth/authorize", **query)
        assert page.url.startswith(f"{auth.issuer}/login")

    assert answers.has_code(await open_(auth, browser, **query))

    answers.shown(await open_(auth, browser, **query), 400)
    # The tab that was open in time gets no second answer either.
    late = await newcomer.send(
        page, "/login", identifier="alice", password="correct horse battery staple"
    )
    assert not late.url.startswith(REDIRECT)


async def test_PR06_of_many_tabs_one_gets_the_code(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    query = {"client_id": "web-app", "request_uri": await reference(auth)}
    browser = somebody.browser.copy()
    opened = await asyncio.gather(*(open_(auth, browser, **query) for _ in range(10)))
    assert Counter(map(answers.has_code, opened))[True] == 1


async def test_PR06_a_refusal_is_an_answer_too(
    auth: AuthorizationServer,
) -> None:
    request_uri = await reference(auth, prompt="none")
    query = {"client_id": "web-app", "request_uri": request_uri}
    first = await open_(auth, auth.browser(), **query)
    answers.sent_back(first, "login_required")
    answers.shown(await open_(auth, auth.browser(), **query), 400)


async def test_PR07_an_unknown_or_expired_reference_is_shown(
    probe: Probe,
) -> None:
    unknown = "urn:ietf:params:oauth:request_uri:" + "x" * 43
    answer = await probe.is_shown(request_uri=unknown)
    assert "invalid_request_uri" in answer.text


async def test_PR08_a_reference_has_256_random_bits(auth: AuthorizationServer) -> None:
    found = {await reference(auth) for _ in range(5)}
    assert len(found) == 5
    prefix = "urn:ietf:params:oauth:request_uri:"
    assert all(len(one.removeprefix(prefix)) == 43 for one in found)


async def test_PR08_whoever_guesses_references_has_to_wait(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    browser = auth.browser()
    for _ in range(WRONG_REFERENCES.free):
        query = {"client_id": "web-app", "request_uri": new_request_uri()}
        answers.shown(await open_(auth, browser, **query), 400)
    guess = await open_(auth, browser, **query)
    answers.shown(guess, 429)
    assert 0 < int(guess.headers["retry-after"]) <= 60
    # Whoever has a good one at the same address goes on.
    there = somebody.browser.copy()
    there.client = browser.client
    query["request_uri"] = await reference(auth)
    assert answers.has_code(await open_(auth, there, **query))


async def test_PR09_what_stands_beside_a_reference_is_ignored(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    answer = await open_(
        auth,
        somebody.browser.copy(),
        client_id="web-app",
        request_uri=await reference(auth),
        scope="admin",
        redirect_uri="https://evil.example/cb",
        state="another",
        response_type="token",
    )
    assert answers.has_code(answer)
    assert answer.headers["location"].startswith(REDIRECT)
    assert "state=the-state" in answer.headers["location"]


async def test_PR10_who_has_to_push_cannot_ask_in_the_open(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    await provision(auth, "pushing-app", require_pushed_authorization_requests=True)
    browser = somebody.browser.copy()
    page = await auth.authorize(browser, client_id="pushing-app")
    assert page.query["error"] == "invalid_request"


@pytest.fixture(scope="module")
async def pushing(
    new_database: Callable[..., str], redis_url: str
) -> AsyncIterator[AuthorizationServer]:
    changes = {"REQUIRE_PUSHED_AUTHORIZATION_REQUESTS": "true"}
    async with running(new_database(), redis_url, **changes) as server:
        yield server


async def test_PR10_a_server_may_want_it_of_everybody(
    pushing: AuthorizationServer,
) -> None:
    page = await pushing.authorize(pushing.browser())
    assert page.query["error"] == "invalid_request"
    document = await pushing.http().get("/.well-known/openid-configuration")
    assert document.json()["require_pushed_authorization_requests"] is True
    assert (await push(pushing)).status_code == 201


async def test_PR11_too_much_and_the_wrong_method(auth: AuthorizationServer) -> None:
    refused(await push(auth, state="x" * 1_048_576), 413, "invalid_request")
    for method in ("GET", "PUT", "DELETE"):
        answer = await auth.http().request(method, "/oauth/par")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "POST"


async def test_PR16_nothing_of_a_request_is_in_cookies(
    auth: AuthorizationServer,
) -> None:
    request_uri = await reference(auth, login_hint="a-secret-hint")
    browser = auth.browser()
    await browser.get(
        f"{auth.issuer}/oauth/authorize", client_id="web-app", request_uri=request_uri
    )
    kept = str(browser.cookies)
    for word in ("a-secret-hint", "the-state", "the-nonce", request_uri[-43:]):
        assert word not in kept


async def test_RU35_an_unregistered_uri_is_refused_when_pushed(
    auth: AuthorizationServer,
) -> None:
    """The relaxation of RFC 9126 section 2.4 is not used."""
    answer = await push(auth, redirect_uri="https://app.example/other")
    refused(answer, 400, "invalid_request")
    refused(await push(auth, redirect_uri=None), 400, "invalid_request")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "admin"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "a.b.c"}, "invalid_request_object"),
    ],
)
async def test_what_would_be_sent_back_is_told_at_once(
    auth: AuthorizationServer, changes: dict[str, str | None], error: str
) -> None:
    refused(await push(auth, **changes), 400, error)
