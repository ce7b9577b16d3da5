"""Every endpoint of the authorization server, and requests that are not quite right."""

import asyncio
import itertools
import re
from collections.abc import Callable, Iterator

import pytest
from fastapi.routing import iter_route_contexts
from hypothesis import given
from hypothesis import strategies as st

from auth_service.web.headers import FLOW, HEADERS
from tests.builders import auth as builder
from tests.e2e.authorization_server import AuthorizationServer, running
from tests.e2e.stores import Stores
from tests.fuzz import whatwg
from tests.fuzz.asgi import Answer, Sent, send
from tests.fuzz.auth_requests import ALL
from tests.fuzz.auth_world import World
from tests.fuzz.budget import cases
from tests.fuzz.invariants import check, has, sets_only, tells_an_oauth_error
from tests.fuzz.requests import Request, fill_in
from tests.fuzz.steps import METHODS, near

ISSUER = whatwg.read(f"{builder.ISSUER}/login")
#: What raises no limit by its number alone; the address 198.18.0.1 meets every limit.
LIMITS = {
    "AUTH_FAILURES_PER_MINUTE": "20",
    "SIGN_INS_PER_MINUTE": "10000",
    "REGISTRATIONS_PER_HOUR": "10000",
}
_addresses = (f"198.19.{n >> 8 & 255}.{n & 255}" for n in itertools.count())


@pytest.fixture(scope="module")
def server(
    runner: asyncio.Runner, new_database: Callable[..., str], redis_url: str
) -> Iterator[AuthorizationServer]:
    """A server of its own: what is done to people here is nobody else's business."""
    context = running(new_database(), redis_url, **LIMITS)
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def world(server: AuthorizationServer) -> Iterator[World]:
    world = World(server)
    yield world
    world.stores.close()


@pytest.fixture
def still_works(runner: asyncio.Runner, server: AuthorizationServer) -> Iterator[None]:
    """After a batch everything that a sign-in needs is as good as before."""
    yield
    assert runner.run(server.http().get("/readyz")).status_code == 200
    assert "access_token" in runner.run(server.tokens())


def test_every_route_is_among_those_that_are_tried(server: AuthorizationServer) -> None:
    routes = {context.path for context in iter_route_contexts(server.app.routes)}
    assert routes == {name.partition(" ")[0] for name in ALL}


@pytest.mark.parametrize("route", ALL)
@pytest.mark.usefixtures("still_works")
@cases("auth", parts=len(ALL) + 1)
@given(data=st.data())
def test_no_request_breaks_it(
    runner: asyncio.Runner, world: World, route: str, data: st.DataObject
) -> None:
    """No 5xx, no way to a place that nobody registered, nothing given away."""
    request = data.draw(near(ALL[route]))
    runner.run(_try(request, world))


@cases("auth", parts=len(ALL) + 1)
@given(path=st.lists(st.text(max_size=8), max_size=4), method=st.sampled_from(METHODS))
def test_what_is_not_there_breaks_nothing(
    runner: asyncio.Runner, world: World, path: list[str], method: str
) -> None:
    runner.run(_try(Request(method, (*path, "")), world))


@pytest.mark.parametrize("path", ["/account", "/apps/x", "/nothing", "/oauth/token"])
def test_a_query_may_be_any_bytes(
    runner: asyncio.Runner, world: World, path: str
) -> None:
    """Some servers pass on what is not even ASCII."""
    request = Request("GET", (path[1:].encode(),), query=(("a", b"\x80"),))
    runner.run(_try(request, world))


async def _try(request: Request, world: World) -> None:
    sent = await fill_in(request, world.give, host="id.example", ip=next(_addresses))
    answer = await send(world.auth.app, sent)
    check("auth", answer, secrets=world.secrets())
    _has_its_headers(sent, answer)
    sets_only(answer, ("__Host-valetkey-session", "__Host-valetkey-browser"))
    _leads_somewhere_registered(answer, world.stores)
    json = answer.header("content-type") == "application/json"
    if json and answer.status >= 400 and answer.body:
        tells_an_oauth_error(answer)


def _has_its_headers(sent: Sent, answer: Answer) -> None:
    opener = "cross-origin-opener-policy"
    may_differ = {"cache-control", "content-security-policy", opener}
    may_differ.add("cross-origin-resource-policy")
    has(answer, {n: "" if n in may_differ else v for n, v in HEADERS.items()})
    has(answer, {"strict-transport-security": "max-age=", "x-request-id": ""})
    policy = answer.header("content-security-policy") or ""
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    if answer.header(opener) == "unsafe-none":
        assert (
            sent.target.decode("ascii", "ignore").startswith(FLOW)
            or b"%" in sent.target
        )
    allowed = answer.header("access-control-allow-origin")
    if allowed not in {None, "*"}:
        assert allowed in {"https://spa.example", "http://127.0.0.1"}
        assert answer.header("access-control-allow-credentials") is None


def _leads_somewhere_registered(answer: Answer, stores: Stores) -> None:
    location = answer.header("location")
    if location is None:
        return
    place = whatwg.read(location, ISSUER)
    if location.startswith("/"):
        assert place.origin == ISSUER.origin, location
        return
    rows = stores.run(
        "SELECT redirect_uris || post_logout_redirect_uris FROM auth.clients"
    )
    registered = {uri for (uris,) in rows for uri in uris}
    uri = _registered(location, registered)
    assert uri is not None, location
    there = whatwg.read(uri)
    assert (place.scheme, place.host, place.path) == (
        there.scheme,
        there.host,
        there.path,
    )
    assert "code=" not in location or "iss=https%3A%2F%2Fid.example" in location


def _registered(location: str, registered: set[str]) -> str | None:
    """The address that a redirect goes to, if an app has it, on whatever port."""
    for uri in registered:
        for start in (location, re.sub(r"^(http://127\.0\.0\.1):\d+", r"\1", location)):
            if start == uri or start.startswith((f"{uri}?", f"{uri}&")):
                return uri
    return None
