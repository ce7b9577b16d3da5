"""What tests of attacks share: a look into the stores, and somebody to attack."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import pytest

from tests.builders.sites import document, site
from tests.e2e.attacks.registrar import Registrar
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


@pytest.fixture(scope="module")
async def registrar(
    new_database: Callable[..., str], redis_url: str
) -> AsyncIterator[Registrar]:
    """In development, so that one port of this computer may be called."""
    found: Registrar

    async def lists(request: bytes, writer: asyncio.StreamWriter) -> None:
        await document(json.dumps(found.listed).encode())(request, writer)

    async with site(lists) as there:
        changes = {
            "ENVIRONMENT": "development",
            "REGISTRATION": "open",
            "CLIENT_REGISTRATIONS_PER_HOUR": "10",
            "OUTBOUND_LOOPBACK_PORTS": str(there.port),
        }
        async with running(new_database(), redis_url, **changes) as auth:
            stores = Stores(auth.settings)
            found = Registrar(auth, stores, there)
            yield found
            stores.close()
