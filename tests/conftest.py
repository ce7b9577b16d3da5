"""What every test may ask for: asyncio, and real servers of its own."""

from collections.abc import Callable, Iterator

import pytest
import structlog

from tests.servers import Servers, running_servers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Run the browser's tests last.

    Playwright's synchronous interface keeps an event loop running in this thread
    from its first use on, and no `async def` test can run beside it.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session", autouse=True)
def _logs() -> None:
    """Through the standard library, where pytest collects them."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.format_exc_info,
            structlog.stdlib.render_to_log_kwargs,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """A PostgreSQL and a Valkey, started once and only if somebody asks."""
    with running_servers() as running:
        yield running


@pytest.fixture(scope="session")
def new_database(servers: Servers) -> Callable[..., str]:
    """Call it for the URL of an empty database, or of a copy: `like=` another URL."""
    return servers.new_database


@pytest.fixture(scope="session")
def postgres_url(servers: Servers) -> str:
    """An empty database, one for all tests of the run that ask by this name."""
    return servers.new_database()


@pytest.fixture(scope="session")
def redis_url(servers: Servers) -> str:
    """A Redis that the tests of the run share: use keys of your own."""
    return servers.redis_url
