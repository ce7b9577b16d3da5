"""Every endpoint of client-demo, and a provider and an API that answer anything."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from hypothesis import given
from hypothesis import strategies as st

from client_demo.app import build_app
from client_demo.settings import Settings
from client_demo.web.cookies import RUNS, SESSION
from tests.contract.client_demo.browser import ORIGIN, Browser
from tests.contract.client_demo.peer import (
    API,
    CLIENT_ID,
    CLIENT_SECRET,
    OFFERED,
    Peer,
    StoppedClock,
)
from tests.fuzz import whatwg
from tests.fuzz.asgi import Answer
from tests.fuzz.budget import cases
from tests.fuzz.client_demo_world import Between, World
from tests.fuzz.invariants import check, has, sets_only
from tests.fuzz.requests import Live, Pairs, Request
from tests.fuzz.steps import near
from tests.fuzz.values import NASTY, RAW, texts

HERE = whatwg.read(f"{ORIGIN}/")
HEADERS = {
    "content-security-policy": "default-src 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "strict-transport-security": "max-age=",
    "cache-control": "",
    "x-request-id": "",
}
MINE: Pairs = ((SESSION, Live("session")),)
SAME_SITE: Pairs = (("sec-fetch-site", "same-origin"),)
FLOW: Pairs = (("cookie", Live("flow")),)


def _page(path: str, *query: tuple[str, str]) -> Request:
    return Request("GET", (*path.split("/"),), query=query, cookies=MINE)


def _form(path: str, *fields: tuple[str, str]) -> Request:
    return Request(
        "POST",
        (*path.split("/"),),
        form=(*fields, ("csrf_token", Live("csrf"))),
        cookies=MINE,
        headers=SAME_SITE,
    )


def _tried(flow: str) -> Request:
    """The page of a flow, in a browser that has tried flows before."""
    known: Pairs = (*MINE, (RUNS, Live("runs")))
    return Request("GET", ("flows", flow), cookies=known)


_ANSWER: Pairs = (
    ("state", Live("state")),
    ("code", Live("code")),
    ("iss", "https://op.example"),
)
_REFUSAL: Pairs = (
    ("state", Live("state")),
    ("error", "access_denied"),
    ("error_description", "the person said no"),
    ("iss", "https://op.example"),
)
ALL: dict[str, tuple[Request, ...]] = {
    "/": (_page(""), _page("", ("after", "signed-out")), Request("GET", ("",))),
    "/steps": (_page("steps"),),
    "/sign-in": (
        _page("sign-in", ("flow", "par")),
        _page("sign-in", ("flow", "dpop"), ("mode", "steps")),
        _page("sign-in", ("return_to", "/notes")),
        _page("sign-in", ("mode", "steps")),
        Request("GET", ("sign-in",), headers=FLOW),
    ),
    "/callback": (
        Request("GET", ("callback",), query=_ANSWER, headers=FLOW),
        Request("GET", ("callback",), query=_REFUSAL, headers=FLOW),
        Request(
            "POST",
            ("callback",),
            form=(("state", Live("paused")),),
            headers=(*SAME_SITE, *FLOW),
        ),
    ),
    "/flows": (_page("flows"),),
    "/flows/{name}": (
        *(_page(f"flows/{name}") for name in ("step-up", "logout", "nothing")),
        _tried("refresh"),
    ),
    "/flows/device": (_tried("device"), _form("flows/device")),
    "/flows/client-credentials": (_form("flows/client-credentials"),),
    "/flows/refresh": (_form("flows/refresh"),),
    "/flows/token-exchange": (_form("flows/token-exchange"),),
    "/flows/step-up": (_form("flows/step-up"),),
    "/flows/step-up/sign-in": (_form("flows/step-up/sign-in"),),
    "/flows/silent-renewal": (_form("flows/silent-renewal"),),
    "/backchannel-logout": (
        Request(
            "POST", ("backchannel-logout",), form=(("logout_token", Live("logout")),)
        ),
    ),
    "/login-initiation": (
        _page("login-initiation", ("iss", "https://op.example"), ("login_hint", "a")),
        _form("login-initiation", ("iss", "https://op.example")),
    ),
    "/sign-out": (_form("sign-out"),),
    "/sign-out-everywhere": (_form("sign-out-everywhere"),),
    "/notes": (_page("notes"), _form("notes", ("title", "Milk"), ("text", "two\r\n"))),
    "/notes/delete": (_form("notes/delete", ("id", "n0")),),
    "/healthz": (Request("GET", ("healthz",)),),
    "/readyz": (Request("GET", ("readyz",)),),
    "/static": (
        Request("GET", ("static", "style.css")),
        Request("GET", ("static", "..", "pages", "home.html")),
    ),
}


@pytest.fixture(scope="module")
def world(runner: asyncio.Runner, redis_url: str) -> Iterator[World]:
    environ = {
        "CLIENT_URL": ORIGIN,
        "ISSUER_URL": "https://op.example",
        "CLIENT_ID": CLIENT_ID,
        "CLIENT_SECRET": CLIENT_SECRET,
        "REDIS_URL": redis_url,
        "RESOURCE_URL": API,
        "SERVICE_CLIENT_ID": CLIENT_ID,
        "SERVICE_CLIENT_SECRET": CLIENT_SECRET,
    }
    clock = StoppedClock()
    network = Between(Peer(clock, metadata=dict(OFFERED)))
    app = build_app(Settings.load(environ), transport=network, clock=clock)
    life = app.router.lifespan_context(app)
    runner.run(life.__aenter__())
    yield World(app, network)
    runner.run(life.__aexit__(None, None, None))


@pytest.fixture
def still_works(runner: asyncio.Runner, world: World) -> Iterator[None]:
    """After a batch people can sign in as before."""
    yield
    world.network.instead = {}
    assert runner.run(world.send(Request("GET", ("readyz",)))).status == 200
    assert runner.run(Browser(world.app, world.peer).sign_in()).status_code == 303


def test_every_route_is_among_those_that_are_tried(world: World) -> None:
    assert {context.path for context in iter_route_contexts(world.app.routes)} == {*ALL}


@pytest.mark.parametrize("route", ALL)
@pytest.mark.usefixtures("still_works")
@cases("client-demo", parts=2 * len(ALL))
@given(data=st.data())
def test_no_request_breaks_it(
    runner: asyncio.Runner, world: World, route: str, data: st.DataObject
) -> None:
    """No 5xx, no way to anywhere but its own pages and its provider."""
    request = data.draw(near(ALL[route]))
    _judge(runner.run(world.send(request)), world)


#: What httpx can write as JSON …
_plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
    st.sampled_from(NASTY),
)
#: … and what others write.
_scalars = _plain | st.floats() | st.just("\ud800")
_json = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
    ),
    max_leaves=4,
)
_MEMBERS = (
    *("access_token", "token_type", "expires_in", "refresh_token", "scope", "id_token"),
    *("sub", "name", "picture", "updated_at", "email", "error", "error_description"),
    *("items", "id", "title", "text", "created_at", "detail", "next_cursor", "keys"),
    *("request_uri", "issued_token_type", "device_code", "user_code", "interval"),
    *("verification_uri", "verification_uri_complete"),
)


def _written(value: object) -> bytes:
    """As JSON, where no number is infinite, but some are when they are read."""
    return json.dumps(value).replace("Infinity", "1e999").encode()


_said = st.dictionaries(st.sampled_from(_MEMBERS), _json, max_size=4)
_bodies = st.one_of(
    _said.map(lambda value: _written({**value, "sub": "alice"})),
    _said.map(_written),
    st.lists(st.dictionaries(st.sampled_from(_MEMBERS), _json, max_size=3), max_size=3)
    .map(lambda items: json.dumps({"items": items}).encode()),
    _json.map(lambda value: json.dumps(value).encode()),
    st.sampled_from(RAW),
    st.sampled_from((300, 900, 9000)).map(lambda deep: b"[" * deep + b"]" * deep),
    st.binary(max_size=30),
)  # fmt: skip
_answers = st.tuples(
    st.sampled_from((200, 200, 200, 201, 204, 302, 400, 401, 403, 404, 429, 500)),
    _bodies,
)
_PLACES = (
    *("/token", "/userinfo", "/me", "/notes", "/revoke", "/notes/n0", "/par"),
    "/device",
)
#: A page that calls others, or a form that does.
_VISITS = ("notes", "", "steps", "sign-in?flow=par", "flows/device")
_FORMS = (
    *("notes/delete", "sign-out", "sign-out-everywhere", "flows/refresh"),
    *("flows/device", "flows/client-credentials", "flows/token-exchange"),
    "flows/step-up",
)
_CLAIMS = (
    *("sub", "name", "nonce", "at_hash", "exp", "iat", "auth_time", "picture", "azp"),
    *("acr", "amr", "updated_at", "email", "x"),
)


@pytest.mark.usefixtures("still_works")
@cases("client-demo", parts=6)
@given(
    instead=st.dictionaries(st.sampled_from(_PLACES), _answers, min_size=1, max_size=2),
    visit=st.sampled_from((*_VISITS, *(f"POST {form}" for form in _FORMS))),
)
def test_no_answer_of_provider_or_api_breaks_it(
    runner: asyncio.Runner,
    world: World,
    instead: dict[str, tuple[int, bytes]],
    visit: str,
) -> None:
    """What others answer is shown or refused; 503 says that they are of no use."""

    async def run() -> list[Answer]:
        await world.sign_in()
        world.network.instead = instead
        post, path = visit.startswith("POST "), visit.removeprefix("POST ")
        path, _, flow = path.partition("?flow=")
        token = (("csrf_token", await world.browser.csrf_token()), ("id", "n0"))
        seen = Request(
            "POST" if post else "GET",
            (*path.split("/"),),
            query=(("flow", flow),) if flow else (),
            form=token if post else None,
            headers=SAME_SITE,
            cookies=((SESSION, world.browser.jar[SESSION]), (RUNS, Live("runs"))),
        )
        answers = [await world.send(seen)]
        answers.append(await world.send(ALL["/callback"][0]))
        answers.append(await world.send(_page("steps")))
        return answers

    for answer in runner.run(run()):
        _judge(answer, world, also=503)


_LOGOUT_CLAIMS = ("iss", "aud", "iat", "exp", "jti", "events", "sid", "sub", "nonce")


@pytest.mark.usefixtures("still_works")
@cases("client-demo", parts=6)
@given(
    claims=st.dictionaries(st.sampled_from(_CLAIMS), _json, max_size=3),
    answer=st.dictionaries(st.sampled_from(_MEMBERS[:6]), _plain, max_size=1),
)
def test_no_claim_breaks_it(
    runner: asyncio.Runner,
    world: World,
    claims: dict[str, object],
    answer: dict[str, object],
) -> None:
    """An ID token that is signed as it should be, and says anything."""

    async def run() -> list[Answer]:
        world.network.instead = {}
        world.peer.claims, world.peer.answer = claims, answer
        browser = Browser(world.app, world.peer)
        try:
            arrived = await browser.sign_in()
        finally:
            world.peer.claims, world.peer.answer = {}, {}
        return [_answer(arrived), _answer(await browser.get("/"))]

    for answer in runner.run(run()):
        _judge(answer, world)


_printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
_challenges = st.one_of(
    _printable,
    st.builds(
        'Bearer error="insufficient_user_authentication"{}max_age={}{}"{}"'.format,
        st.sampled_from((", ", ",", " ", "")),
        st.sampled_from(("300", '"0"', "-1", "9" * 30, "x", "")),
        st.sampled_from((", acr_values=", ", ", "")),
        _printable,
    ),
)


@pytest.mark.usefixtures("still_works")
@cases("client-demo", parts=12)
@given(challenge=_challenges)
def test_no_challenge_breaks_it(
    runner: asyncio.Runner, world: World, challenge: str
) -> None:
    """What an API wants is done as it says, or shown, and is never markup of ours."""

    async def run() -> list[Answer]:
        await world.sign_in()
        world.peer.challenge = challenge
        asked = await world.browser.submit("/flows/step-up")
        again = await world.browser.submit("/flows/step-up/sign-in")
        world.peer.challenge = None
        shown = await world.browser.get("/flows/step-up")
        return [_answer(each) for each in (asked, again, shown)]

    for answer in runner.run(run()):
        _judge(answer, world)


@pytest.mark.usefixtures("still_works")
@cases("client-demo", parts=12)
@given(claims=st.dictionaries(st.sampled_from(_LOGOUT_CLAIMS), _json, max_size=3))
def test_no_logout_token_breaks_it(
    runner: asyncio.Runner, world: World, claims: dict[str, object]
) -> None:
    """Signed as it should be, and saying anything (Back-Channel Logout 2.4)."""
    token = world.logout_token(**claims)
    request = ALL["/backchannel-logout"][0]
    answer = runner.run(world.send(replace(request, form=(("logout_token", token),))))
    _judge(answer, world)
    assert answer.status in {200, 400, 413}


def _answer(response: httpx.Response) -> Answer:
    return Answer(response.status_code, tuple(response.headers.raw), response.content)


def _judge(answer: Answer, world: World, *, also: int | None = None) -> None:
    check("client-demo", answer, secrets=world.secrets(), also=also)
    has(answer, HEADERS)
    assert "unsafe" not in (answer.header("content-security-policy") or "")
    sets_only(answer, (SESSION, RUNS, "__Host-demo-flow-"))
    location = answer.header("location")
    if location is not None:
        assert whatwg.read(location, HERE).host in {HERE.host, "op.example"}
        assert location.startswith(("/", "https://op.example/"))
