"""Two processes of the authorization server, on stores that can be broken."""

import http.client
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg

from auth_service.provision import Provision
from auth_service.storage.postgres.engine import connect
from auth_service.storage.postgres.migrate import migrate
from demo.processes import Child, Supervisor
from tests.builders import auth as builder
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.faults.breakable import LOOPBACK, Breakable, free_port

ROOT = Path(__file__).parents[3]
#: Seconds in which every answer has to come, a refusal as well.
IN_TIME = 3.0
APPLICATION_NAME = "valetkey-auth"


class Worker(AuthorizationServer):
    """One process, and the ways to use it that the server in this process has."""

    def __init__(self, child: Child, port: int, issuer: str) -> None:
        self.child = child
        self.port = port
        self.url = f"http://{LOOPBACK}:{port}"
        self.issuer = issuer
        self.client = httpx.AsyncClient(
            base_url=self.url,
            timeout=IN_TIME,
            trust_env=False,
            # Shorter than the server's: it never closes one that we are about to use.
            limits=httpx.Limits(max_connections=None, keepalive_expiry=2),
        )

    def http(self, ip: str | None = None) -> httpx.AsyncClient:
        """Every caller is on loopback here."""
        return self.client

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def is_ready(self) -> bool:
        return (await self.get("/readyz")).status_code == 200

    async def recover(self) -> None:
        """Ask until it is ready; the test's own patience is the limit."""
        for _ in range(2000):
            if await self.is_ready():
                return
        raise AssertionError("it does not recover")


def environment(
    database_url: str, redis_url: str, issuer: str, **changes: str
) -> dict[str, str]:
    """As the builder's, but on loopback, and for as many failures as a race has."""
    return builder.environment(
        database_url,
        redis_url,
        ENVIRONMENT="development",
        ISSUER_URL=issuer,
        AUTH_FAILURES_PER_MINUTE="1000000",
        INACTIVE_TOKENS_PER_MINUTE="1000000",
        PATH=os.environ["PATH"],
        **changes,
    )


def start(
    supervisor: Supervisor,
    folder: Path,
    env: dict[str, str],
    *,
    port: int,
    module: str = "auth_service",
) -> Child:
    """Start a process of the server; it is not ready yet."""
    return supervisor.start(
        f"{module} on {port}",
        [sys.executable, "-m", module],
        log=folder / f"auth-{port}.log",
        env={**env, "PORT": str(port)},
        cwd=ROOT,
    )


def answers(port: int, path: str = "/readyz") -> int | None:
    """The status of an answer, or None where nobody listens."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=IN_TIME)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


@asynccontextmanager
async def workers(
    supervisor: Supervisor,
    folder: Path,
    database_url: str,
    redis_url: str,
    *,
    module: str = "auth_service",
    **changes: str,
) -> AsyncIterator[list[Worker]]:
    """Two processes on a provisioned database; the first is found at the issuer."""
    ports = [free_port(), free_port()]
    issuer = f"http://{LOOPBACK}:{ports[0]}"
    migrate(database_url)
    engine = connect(database_url)
    await Provision(engine).run(builder.provisioned())
    await engine.dispose()
    env = environment(database_url, redis_url, issuer, **changes)
    running = [
        Worker(start(supervisor, folder, env, port=port, module=module), port, issuer)
        for port in ports
    ]
    for worker in running:
        worker.child.wait_until(lambda w=worker: answers(w.port) == 200, seconds=60)
    try:
        yield running
    finally:
        for worker in running:
            await worker.client.aclose()


@dataclass
class System:
    """All of it."""

    supervisor: Supervisor
    folder: Path
    postgres: Breakable
    valkey: Breakable
    database_url: str
    workers: list[Worker]

    @property
    def auth(self) -> Worker:
        """The process that is reached at the issuer's address."""
        return self.workers[0]

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database beside the server."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def busy_connections(self) -> int:
        """How many of the server's connections are in a transaction."""
        ((count,),) = self.sql(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
            " AND datname = current_database() AND state <> 'idle'",
            APPLICATION_NAME,
        )
        return int(count)

    def new_database(self, name: str) -> str:
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return urlsplit(self.postgres.url)._replace(path=f"/{name}").geturl()

    async def heal(self) -> None:
        """Both stores answer, and both processes know it."""
        self.postgres.heal()
        self.valkey.heal()
        for worker in self.workers:
            await worker.recover()


def is_clean_refusal(answer: httpx.Response) -> bool:
    """503 in the words of RFC 6749, with a moment to come back."""
    return (
        answer.status_code == 503
        and answer.json() == {"error": "temporarily_unavailable"}
        and int(answer.headers["retry-after"]) > 0
    )
