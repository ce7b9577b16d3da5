"""The relying parties that the conformance tests share."""

from collections.abc import AsyncIterator, Callable

import pytest

from tests.e2e.authorization_server import AuthorizationServer, running
from tests.e2e.conformance.rp import RelyingParty, static_client


@pytest.fixture(scope="session")
async def confidential(auth: AuthorizationServer) -> RelyingParty:
    """As the Basic plan configures it: a static client with `client_secret_basic`."""
    return await static_client(auth, "conformance-app")


@pytest.fixture(scope="session")
async def registrar(
    new_database: Callable[..., str], redis_url: str
) -> AsyncIterator[AuthorizationServer]:
    """A server at which anybody may register a client (RFC 7591)."""
    changes = {"REGISTRATION": "open", "CLIENT_REGISTRATIONS_PER_HOUR": "1000"}
    async with running(new_database(), redis_url, **changes) as server:
        yield server
