"""What tests of attacks share: a look into the stores, and somebody to attack."""

from collections.abc import AsyncIterator, Callable

import pytest

from tests.e2e.authorization_server import AuthorizationServer, running
from tests.e2e.people import Somebody, with_consent
from tests.e2e.probe import Probe
from tests.e2e.stores import Stores


@pytest.fixture(scope="module")
async def somebody(auth: AuthorizationServer) -> Somebody:
    """Signed in, and has allowed web-app what it asks for by default."""
    return await with_consent(auth)


@pytest.fixture
def probe(auth: AuthorizationServer, somebody: Somebody, stores: Stores) -> Probe:
    """Sends bad authorization requests from their browser."""
    return Probe(auth, somebody.browser.copy(), stores)


@pytest.fixture(scope="session")
async def strict(
    new_database: Callable[..., str], redis_url: str
) -> AsyncIterator[AuthorizationServer]:
    """An authorization server with a database of its own, as strict as by default."""
    limits = {"AUTH_FAILURES_PER_MINUTE": "10", "INACTIVE_TOKENS_PER_MINUTE": "20"}
    async with running(new_database(), redis_url, **limits) as server:
        yield server
