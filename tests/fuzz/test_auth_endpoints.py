"""Every endpoint of the authorization server, and requests that are not quite right."""

import asyncio

import pytest
from fastapi.routing import iter_route_contexts
from hypothesis import given
from hypothesis import strategies as st

from tests.e2e.authorization_server import AuthorizationServer
from tests.fuzz.auth_judge import attempt
from tests.fuzz.auth_requests import ALL
from tests.fuzz.auth_world import World
from tests.fuzz.budget import cases
from tests.fuzz.requests import Request
from tests.fuzz.steps import METHODS, near


def test_every_route_is_among_those_that_are_tried(server: AuthorizationServer) -> None:
    contexts = iter_route_contexts(server.app.routes)
    # The short way (web/direct.py) has no path: it leads to the same endpoints.
    routes = {context.path for context in contexts if context.path is not None}
    assert routes == {name.partition(" ")[0] for name in ALL}


@pytest.mark.parametrize("route", ALL)
@pytest.mark.usefixtures("auth_still_works")
@cases("auth", parts=len(ALL) + 1)
@given(data=st.data())
def test_no_request_breaks_it(
    runner: asyncio.Runner, auth_world: World, route: str, data: st.DataObject
) -> None:
    """No 5xx, no way to a place that nobody registered, nothing given away."""
    request = data.draw(near(ALL[route]))
    runner.run(attempt(request, auth_world))


@cases("auth", parts=len(ALL) + 1)
@given(path=st.lists(st.text(max_size=8), max_size=4), method=st.sampled_from(METHODS))
def test_what_is_not_there_breaks_nothing(
    runner: asyncio.Runner, auth_world: World, path: list[str], method: str
) -> None:
    runner.run(attempt(Request(method, (*path, "")), auth_world))


@pytest.mark.parametrize("path", ["/account", "/apps/x", "/nothing", "/oauth/token"])
def test_a_query_may_be_any_bytes(
    runner: asyncio.Runner, auth_world: World, path: str
) -> None:
    """Some servers pass on what is not even ASCII."""
    request = Request("GET", (path[1:].encode(),), query=(("a", b"\x80"),))
    runner.run(attempt(request, auth_world))
