"""F15, F27, F28, F30: how a process starts, refuses to start, and stops."""

import asyncio
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from redis.asyncio import Redis

from auth_service.crypto.keyring import ALGS
from auth_service.provision import Provision
from auth_service.storage.postgres.engine import connect
from auth_service.storage.postgres.migrate import migrate
from demo.processes import Child, Supervisor
from tests.builders import auth as builder
from tests.e2e.faults.breakable import LOOPBACK, breakable_valkey, free_port
from tests.e2e.faults.starting_line import race
from tests.e2e.faults.system import (
    ROOT,
    System,
    answers,
    environment,
    start,
)

pytestmark = pytest.mark.slow


def process(system: System, database_url: str, **changes: str) -> tuple[Child, int]:
    """One more process of the server, on a database of its own."""
    port = free_port()
    issuer = f"http://{LOOPBACK}:{port}"
    env = environment(database_url, system.valkey.url, issuer) | changes
    return start(system.supervisor, system.folder, env, port=port), port


def end(child: Child) -> tuple[int, str]:
    """Wait for a process that ends by itself: its status and what it said."""
    status = child.process.wait(timeout=30)
    return status, child.log.read_text()


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_F27_what_is_under_way_is_finished(system: System, workers: str) -> None:
    """Twenty requests are half read when SIGTERM comes: all are answered."""
    database_url = system.new_database(f"stopping_{workers}")
    migrate(database_url)
    engine = connect(database_url)
    await Provision(engine).run(builder.provisioned())
    await engine.dispose()
    child, port = process(system, database_url, WORKERS=workers)
    child.wait_until(lambda: answers(port) == 200, seconds=60)

    async def stop() -> None:
        child.process.send_signal(signal.SIGTERM)
        while answers(port, "/healthz") == 200:
            pass

    answered = await race(
        [port],
        20,
        {"grant_type": "client_credentials"},
        client_id="service-app",
        meanwhile=stop,
    )
    status, _ = await asyncio.to_thread(end, child)

    assert {answer.status for answer in answered} == {200}
    assert status == 0
    assert answers(port) is None


async def test_F28_it_waits_for_its_stores_and_for_its_tables(
    system: System,
) -> None:
    """Started before everything else; nobody starts it a second time."""
    database_url = system.new_database("late")
    system.postgres.kill()
    system.valkey.kill()
    child, port = process(system, database_url)
    child.wait_until(lambda: answers(port, "/healthz") == 200, seconds=60)

    nothing = answers(port)
    system.postgres.start()
    system.valkey.start()
    empty = answers(port)
    migrate(database_url)
    child.wait_until(lambda: answers(port) == 200, seconds=30)
    child.process.send_signal(signal.SIGTERM)

    assert (nothing, empty) == (503, 503)
    assert (await asyncio.to_thread(end, child))[0] == 0


async def test_F28_two_that_start_at_once_make_one_set_of_keys(
    system: System,
) -> None:
    """On an empty database, migrated by two commands at once."""
    database_url = system.new_database("twice")
    with ExitStack() as once:
        both = [once.enter_context(Supervisor(patience=2)) for _ in range(2)]
        commands = [
            command(each, system.folder, database_url, f"migrate-{n}")
            for n, each in enumerate(both)
        ]
        for each in commands:
            each.succeed(seconds=60)
    processes = [process(system, database_url) for _ in range(2)]
    for child, port in processes:
        child.wait_until(lambda p=port: answers(p) == 200, seconds=60)
        child.process.send_signal(signal.SIGTERM)

    with psycopg.connect(database_url) as connection:
        keys = connection.execute("SELECT alg FROM auth.signing_keys ORDER BY alg")
        assert keys.fetchall() == [(alg,) for alg in sorted(ALGS * 2)]
    assert [end(child)[0] for child, _ in processes] == [0, 0]


async def test_F28_a_command_without_its_database_says_so_in_a_line(
    system: System,
) -> None:
    """No traceback, and no password of the URL."""
    nowhere = f"postgresql://u:canary@{LOOPBACK}:{free_port()}/x"

    status, said = end(command(system.supervisor, system.folder, nowhere, "nowhere"))

    assert status == 1
    assert said == "DATABASE_URL: the database cannot be reached\n"


def command(
    supervisor: Supervisor, folder: Path, database_url: str, name: str
) -> Child:
    env = environment(database_url, "redis://127.0.0.1:9/0", f"http://{LOOPBACK}")
    return supervisor.start(
        name,
        [Path(sys.executable).with_name("valetkey"), "migrate"],
        log=folder / name,
        env=env,
        cwd=ROOT,
    )


UNSAFE = {
    "ENVIRONMENT": "production",
    "ISSUER_URL": "http://id.example/",
    "DATABASE_URL": "mysql://canary-user:canary-password@db/x",
    "REDIS_URL": "http://:canary-password@cache",
    "KEY_ENCRYPTION_SECRET": "canary-secret-change-me-canary-secret",
    "LOG_LEVEL": "debug",
    "KEY_ANNOUNCEMENT": "1",
}


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_F30_every_unsafe_setting_is_told_at_once(
    system: System, workers: str
) -> None:
    """One line each, by name; no value, no start."""
    child, port = process(system, "", **UNSAFE, WORKERS=workers)

    status, said = end(child)

    assert status not in {0, None}
    told = {line.partition(":")[0] for line in said.splitlines()}
    assert told == set(UNSAFE) - {"ENVIRONMENT"}
    assert "canary" not in said
    assert answers(port) is None


async def test_F30_malformed_settings_are_told_at_once(system: System) -> None:
    child, _ = process(
        system,
        system.database_url,
        PORT="https",
        ACCESS_TOKEN_LIFETIME="canary",
        AUTHORIZATION_CODE_LIFETIME="601",
        ENVIRONMENT="staging",
    )

    status, said = end(child)

    assert status != 0
    assert {line.partition(":")[0] for line in said.splitlines()} >= {
        "ACCESS_TOKEN_LIFETIME",
        "AUTHORIZATION_CODE_LIFETIME",
        "ENVIRONMENT",
    }
    assert "canary" not in said


async def test_F15_a_redis_that_forgets_by_itself_is_refused(system: System) -> None:
    """An evicted mark would make a code good twice."""
    forgetful = breakable_valkey(system.supervisor, system.folder, policy="allkeys-lru")
    child, port = process(system, system.database_url, REDIS_URL=forgetful.url)

    status, said = end(child)
    forgetful.kill()

    assert status != 0
    assert said == "REDIS_URL: maxmemory-policy must be noeviction, not allkeys-lru\n"
    assert answers(port) is None


async def test_F15_also_one_that_comes_later_must_not_forget(system: System) -> None:
    """A process that is running is not ready until its Redis is safe."""
    async with Redis.from_url(system.valkey.url) as redis:
        await redis.config_set("maxmemory-policy", "volatile-ttl")
        unsafe = await system.auth.get("/readyz")
        await redis.config_set("maxmemory-policy", "noeviction")

    assert unsafe.status_code == 503
    assert unsafe.json()["checks"]["redis"] == "failed"
