"""What the fuzz tests share: a loop to send on; at the end, how much was sent."""

import asyncio
from collections.abc import Callable, Iterator

import hypothesis.core
import pytest
from hypothesis.vendor import pretty

from tests.e2e.authorization_server import AuthorizationServer, running
from tests.fuzz.auth_world import World
from tests.fuzz.budget import SENT, STATUSES


@pytest.fixture(autouse=True)
def _values_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Schemathesis takes the values out of Hypothesis's reports; put them back."""
    printer = pretty.RepresentationPrinter
    monkeypatch.setattr(hypothesis.core, "RepresentationPrinter", printer)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """
    The event loop that a module's service lives on.

    The tests are not coroutines, because Hypothesis leaves a test in the middle of a
    case when it has drawn enough, and no coroutine may be left so.
    """
    with asyncio.Runner() as runner:
        yield runner


#: What raises no limit by its number alone; the address 198.18.0.1 meets every limit.
_LIMITS = {
    "AUTH_FAILURES_PER_MINUTE": "20",
    "SIGN_INS_PER_MINUTE": "10000",
    "REGISTRATIONS_PER_HOUR": "10000",
    "CLIENT_REGISTRATIONS_PER_HOUR": "10000",
    "REGISTRATION": "open",
}


@pytest.fixture(scope="module")
def server(
    runner: asyncio.Runner, new_database: Callable[..., str], redis_url: str
) -> Iterator[AuthorizationServer]:
    """A server of its own: what is done to people here is nobody else's business."""
    context = running(new_database(), redis_url, **_LIMITS)
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def auth_world(server: AuthorizationServer) -> Iterator[World]:
    """What only that server gives."""
    world = World(server)
    yield world
    world.stores.close()


@pytest.fixture
def auth_still_works(
    runner: asyncio.Runner, server: AuthorizationServer
) -> Iterator[None]:
    """After a batch everything that a sign-in needs is as good as before."""
    yield
    assert runner.run(server.http().get("/readyz")).status_code == 200
    assert "access_token" in runner.run(server.tokens())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many requests each service got, and what it answered."""
    if not SENT:
        return
    terminalreporter.section("fuzz")
    for service, count in SENT.items():
        said = {s: n for (name, s), n in sorted(STATUSES.items()) if name == service}
        told = " ".join(f"{status}:{n}" for status, n in said.items())
        terminalreporter.write_line(f"{count:7} requests to {service:12} {told}")
    terminalreporter.write_line(f"{SENT.total():7} requests in all")
