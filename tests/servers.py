"""
A PostgreSQL and a Valkey for the tests: the demo's, in a folder that goes away.

`TEST_DATABASE_URL` (a superuser's, to make databases with) and `TEST_REDIS_URL`
replace them, to test on the servers that are used in production.
"""

import itertools
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from demo.processes import Supervisor
from demo.servers import Postgres, Valkey, start_postgres, start_valkey
from demo.unprivileged import forget_postgres


@dataclass(frozen=True)
class Servers:
    """Where the tests' PostgreSQL and Valkey are."""

    #: A database that is there, in which nothing is made.
    maintenance_url: str
    redis_url: str
    _names: Iterator[str] = field(
        default_factory=lambda: (
            f"test_{secrets.token_hex(4)}_{each}" for each in itertools.count()
        )
    )

    def new_database(self, like: str | None = None) -> str:
        """
        The URL of a database that nobody uses yet.

        Args:
            like: the URL of a database of ours whose tables and rows it begins
                with; nothing may be connected to that one meanwhile.

        """
        name = next(self._names)
        template = urlsplit(like).path[1:] if like else "template0"
        with psycopg.connect(self.maintenance_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return urlsplit(self.maintenance_url)._replace(path=f"/{name}").geturl()


@contextmanager
def running_servers() -> Iterator[Servers]:
    """Both servers, stopped and forgotten when the block is left."""
    database_url = os.environ.get("TEST_DATABASE_URL")
    redis_url = os.environ.get("TEST_REDIS_URL")
    with (
        temporary_folder("valetkey-test-") as folder,
        Supervisor(patience=4) as supervisor,
    ):
        valkey = None if redis_url else own_valkey(supervisor, folder)
        postgres = None if database_url else own_postgres(supervisor, folder)
        if valkey:
            valkey.ready()
            redis_url = valkey.url
        if postgres:
            postgres.ready()
            database_url = postgres.url
        assert database_url
        assert redis_url
        yield Servers(database_url, redis_url)


def own_valkey(supervisor: Supervisor, folder: Path) -> Valkey:
    """A Valkey that keeps everything in memory; it is not ready yet."""
    return start_valkey(
        supervisor,
        folder,
        password=secrets.token_urlsafe(),
        log=folder / "valkey.log",
        durable=False,
    )


def own_postgres(
    supervisor: Supervisor, folder: Path, *, durable: bool = False
) -> Postgres:
    """A PostgreSQL that waits for its disk only if told; it is not ready yet."""
    return start_postgres(
        supervisor,
        folder,
        password=secrets.token_urlsafe(),
        log=folder / "postgres.log",
        durable=durable,
    )


@contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """A folder for both, forgotten when the block is left."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o711)  # as root, PostgreSQL runs as nobody and must get through
    try:
        yield folder
    finally:
        forget_postgres(folder, root=os.geteuid() == 0)
        shutil.rmtree(folder)


def numbered(redis_url: str, number: int) -> str:
    """
    Another database of the same server: for an authorization server that sends mail.

    Its letters are carried by whoever works at that database.
    """
    return urlsplit(redis_url)._replace(path=f"/{number}").geturl()
