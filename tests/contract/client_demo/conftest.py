"""The application on a real Redis, a provider that obeys the test, and browsers."""

from collections.abc import AsyncIterator, Callable

import pytest
from fastapi import FastAPI

from client_demo.app import build_app
from client_demo.settings import Settings
from tests.contract.client_demo.browser import ORIGIN, Browser
from tests.contract.client_demo.peer import (
    API,
    CLIENT_ID,
    CLIENT_SECRET,
    Peer,
    StoppedClock,
)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def peer(clock: StoppedClock) -> Peer:
    return Peer(clock)


@pytest.fixture
def environ(redis_url: str) -> dict[str, str]:
    return {
        "CLIENT_URL": ORIGIN,
        "ISSUER_URL": "https://op.example",
        "CLIENT_ID": CLIENT_ID,
        "CLIENT_SECRET": CLIENT_SECRET,
        "REDIS_URL": redis_url,
        "RESOURCE_URL": API,
    }


@pytest.fixture
async def new_app(
    environ: dict[str, str], clock: StoppedClock, peer: Peer
) -> AsyncIterator[Callable[..., FastAPI]]:
    """Call it for an application like those of other processes; settings may differ."""
    made: list[FastAPI] = []

    def build(peer: Peer = peer, **changes: str) -> FastAPI:
        settings = Settings.load(environ | changes)
        app = build_app(settings, transport=peer.transport(), clock=clock)
        made.append(app)
        return app

    yield build
    for app in made:
        async with app.router.lifespan_context(app):
            pass


@pytest.fixture
def app(new_app: Callable[..., FastAPI]) -> FastAPI:
    return new_app()


@pytest.fixture
def browser(app: FastAPI, peer: Peer) -> Browser:
    return Browser(app, peer)
