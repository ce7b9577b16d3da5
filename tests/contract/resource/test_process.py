"""The resource service as a process of its own: `python -m resource_service`."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

import httpx
import psycopg

from tests.builders.tokens import ISSUER


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def run(*arguments: str, **settings: str) -> asyncio.subprocess.Process:
    usual = {"ENVIRONMENT": "development", "ISSUER_URL": ISSUER}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "resource_service",
        *arguments,
        env={"PATH": os.environ["PATH"], **usual, **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def migrate(url: str) -> tuple[int | None, bytes]:
    process = await run("migrate", DATABASE_URL=url, RESOURCE_URL="http://localhost:1")
    _, complaints = await process.communicate()
    return process.returncode, complaints


async def answers(url: str) -> httpx.Response:
    """The first answer of a server that is starting."""
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(600):
            try:
                return await client.get(url)
            except httpx.TransportError:
                await asyncio.sleep(0.05)
    raise AssertionError("it does not answer")


async def test_F28_migrations_at_once_migrate_once(
    new_database: Callable[..., Any],
) -> None:
    url = new_database()

    assert await asyncio.gather(migrate(url), migrate(url)) == [(0, b""), (0, b"")]

    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT version_num FROM notes.alembic_version")
        assert found.fetchall() == [("0001",)]


async def test_a_migration_without_a_database_is_one_line() -> None:
    status, complaints = await migrate("postgresql://notes:canary@127.0.0.1:9/notes")

    assert status == 2
    assert complaints == b"DATABASE_URL: the database cannot be reached\n"


async def test_F30_unusable_settings_are_told_line_by_line() -> None:
    process = await run(RESOURCE_URL="http://api.example")

    _, complaints = await process.communicate()

    assert process.returncode == 2
    assert complaints.decode().splitlines() == [
        "DATABASE_URL: not set",
        "RESOURCE_URL: must be https (http on loopback in development only)",
    ]


async def test_a_command_that_is_not_there_is_told() -> None:
    process = await run("munge")

    _, complaints = await process.communicate()

    assert process.returncode == 2
    assert complaints.startswith(b"usage:")


async def test_F27_it_serves_until_it_is_told_to_stop(
    new_database: Callable[..., Any],
) -> None:
    url, port = new_database(), free_port()
    public = f"http://localhost:{port}"
    process = await run(DATABASE_URL=url, RESOURCE_URL=public, PORT=str(port))

    answer = await answers(f"{public}/healthz")
    process.send_signal(signal.SIGTERM)
    _, complaints = await process.communicate()

    assert answer.json() == {"status": "ok"}
    assert "server" not in answer.headers
    assert process.returncode == 0
    assert complaints == b""
