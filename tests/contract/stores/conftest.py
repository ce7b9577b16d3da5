"""A migrated database and a Valkey, for all tests of the stores."""

from collections.abc import AsyncIterator, Callable

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.storage.postgres import engine as postgres
from auth_service.storage.postgres.migrate import migrate
from auth_service.storage.redis import connect as valkey
from tests.contract.stores.racing import RACERS


@pytest.fixture(scope="session")
async def engine(new_database: Callable[..., str]) -> AsyncIterator[AsyncEngine]:
    """Its pool has a connection for every racer: none waits for another's."""
    url = new_database()
    migrate(url)
    engine = postgres.connect(url, pool_size=RACERS)
    yield engine
    await engine.dispose()


@pytest.fixture
async def database(new_database: Callable[..., str]) -> AsyncIterator[AsyncEngine]:
    """A test's own: the sweeper does not ask whose rows they are."""
    url = new_database()
    migrate(url)
    engine = postgres.connect(url)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    redis = valkey.connect(redis_url)
    yield redis
    await redis.aclose()
