"""A server that sends mail, as far as its own inbox."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from tests.e2e.authorization_server import AuthorizationServer, running
from tests.e2e.stores import Stores
from tests.servers import numbered


@pytest.fixture(scope="session")
async def mailing(
    new_database: Callable[..., str], redis_url: str
) -> AsyncIterator[AuthorizationServer]:
    """In development, for its inbox; otherwise as any other."""
    async with running(
        new_database(), numbered(redis_url, 2), ENVIRONMENT="development"
    ) as server:
        yield server


@pytest.fixture(scope="session")
def kept(mailing: AuthorizationServer) -> Iterator[Stores]:
    """What `mailing` keeps."""
    found = Stores(mailing.settings)
    yield found
    found.close()
