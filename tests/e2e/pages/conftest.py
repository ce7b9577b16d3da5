"""A real server at http://localhost, and what every page must pass in Chromium."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
import redis
from playwright.sync_api import Browser, Page

from auth_service.provision import Provision
from auth_service.storage.postgres.engine import connect
from auth_service.storage.postgres.migrate import migrate
from tests.builders import auth as builder
from tests.e2e.pages.walk import Walk
from tests.e2e.peers.python_stack import free_ports
from tests.servers import numbered
from tests.synchronously import run


@dataclass(frozen=True)
class Site:
    """
    The authorization server, as a process of its own.

    Attributes:
        environment: its variables, for `valetkey …` commands on the same stores.

    """

    url: str
    environment: dict[str, str]

    def sql(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Look into its database, or change it."""
        url = self.environment["DATABASE_URL"]
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def forget_tries(self) -> None:
        """Whoever had to wait need not any more."""
        with redis.Redis.from_url(self.environment["REDIS_URL"]) as there:
            for key in there.scan_iter("vk:auth:tries*"):
                there.delete(key)


@pytest.fixture(scope="session")
def site(
    new_database: Callable[..., str],
    redis_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """With the people and apps of every test; more by the pages themselves."""
    database_url, (port,) = new_database(), free_ports(1)
    issuer = f"http://localhost:{port}"
    environment = builder.environment(
        database_url,
        numbered(redis_url, 1),
        ISSUER_URL=issuer,
        ENVIRONMENT="development",
        PORT=str(port),
        HOST="127.0.0.1",
    )
    migrate(database_url)
    provision(database_url)
    log = tmp_path_factory.mktemp("site") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "auth_service"],
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_ready(issuer, process, log)
        yield Site(issuer, environment)
    finally:
        process.terminate()
        process.wait(20)


def provision(database_url: str) -> None:
    """Put everything of the builder in place."""

    async def work() -> None:
        engine = connect(database_url)
        await Provision(engine).run(builder.provisioned())
        await engine.dispose()

    run(work)


def wait_until_ready(issuer: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Or say what it said when it ended."""
    with httpx.Client() as http:
        while True:
            assert process.poll() is None, log.read_text()
            try:
                if http.get(f"{issuer}/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                continue


@pytest.fixture
def walk(page: Page, site: Site) -> Walk:
    """A window at the site."""
    return Walk(page, site.url)


@pytest.fixture
def plain_walk(chromium: Browser, site: Site) -> Iterator[Walk]:
    """A window in which no script runs."""
    context = chromium.new_context(java_script_enabled=False)
    context.set_default_timeout(10_000)
    yield Walk(context.new_page(), site.url)
    context.close()
