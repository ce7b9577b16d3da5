"""One system for all tests of faults; after each of them it is whole again."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from demo.processes import Supervisor
from tests.e2e.faults.breakable import breakable_postgres, breakable_valkey
from tests.e2e.faults.system import System, workers


@pytest.fixture(scope="session")
def supervisor() -> Iterator[Supervisor]:
    with Supervisor(patience=12) as supervisor:
        yield supervisor


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="valetkey-faults-"))
    folder.chmod(0o711)  # as root, PostgreSQL runs as nobody and must get through
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
async def whole_system(supervisor: Supervisor, folder: Path) -> AsyncIterator[System]:
    postgres = breakable_postgres(supervisor, folder)
    valkey = breakable_valkey(supervisor, folder)
    system = System(supervisor, folder, postgres, valkey, "", [])
    system.database_url = system.new_database("faults")
    async with workers(
        supervisor, folder, system.database_url, valkey.url
    ) as system.workers:
        yield system
        postgres.thaw()
        valkey.thaw()


@pytest.fixture
async def system(whole_system: System) -> AsyncIterator[System]:
    """Both processes ready on both stores, before and after."""
    await whole_system.heal()
    yield whole_system
    await whole_system.heal()
