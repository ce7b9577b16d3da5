"""What tests with other people's clients may ask for."""

from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest

from tests.e2e.peers.python_stack import Person, Stack, start


@pytest.fixture(scope="session")
def stack(
    new_database: Callable[..., str],
    redis_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    """The services of `make demo`, each a process, for all tests of the run."""
    yield from start(
        tmp_path_factory.mktemp("peers") / "demo", new_database(), redis_url
    )


@pytest.fixture
async def alice(stack: Stack) -> AsyncIterator[Person]:
    """Somebody with an account and a browser of her own."""
    async with httpx.AsyncClient() as http:
        yield Person(stack, http)
