"""The demo's PostgreSQL and Valkey, as they really run."""

import os
import pwd
import stat
from pathlib import Path

import psycopg
import pytest
import redis

from demo.processes import Supervisor
from demo.servers import Postgres, start_postgres
from demo.unprivileged import NOBODY, forget_postgres
from tests.servers import Servers


def test_a_new_database_is_empty_and_nobody_elses(servers: Servers) -> None:
    first, second = servers.new_database(), servers.new_database()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE here (n int)")

    with psycopg.connect(second) as connection:
        found = connection.execute("SELECT to_regclass('here')").fetchone()

    assert found == (None,)


def test_a_database_like_another_begins_with_its_rows(servers: Servers) -> None:
    template = servers.new_database()
    with psycopg.connect(template) as connection:
        connection.execute("CREATE TABLE here AS SELECT 7 AS n")

    with psycopg.connect(servers.new_database(like=template)) as connection:
        assert connection.execute("SELECT n FROM here").fetchone() == (7,)


def test_valkey_answers_with_the_password_and_never_evicts(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as connection:
        policy = connection.config_get("maxmemory-policy")

    assert policy == {"maxmemory-policy": "noeviction"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must give up its rights")
def test_root_runs_postgres_as_nobody_and_finds_its_data_again(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    users = Path("/etc/passwd").read_bytes()

    def start(supervisor: Supervisor) -> Postgres:
        postgres = start_postgres(
            supervisor, closed, password="p" * 9, log=closed / "log", durable=True
        )
        postgres.ready()
        return postgres

    try:
        with Supervisor(patience=4) as supervisor:
            postgres = start(supervisor)
            process = Path(f"/proc/{postgres.child.process.pid}")
            assert process.stat().st_uid == pwd.getpwnam(NOBODY).pw_uid
            with psycopg.connect(postgres.url) as connection:
                connection.execute("CREATE TABLE here AS SELECT 7 AS n")
        with (
            Supervisor(patience=4) as supervisor,
            psycopg.connect(start(supervisor).url) as connection,
        ):
            assert connection.execute("SELECT n FROM here").fetchone() == (7,)
    finally:
        forget_postgres(closed, root=True)

    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert Path("/etc/passwd").read_bytes() == users
