"""The demo's PostgreSQL and Valkey, as they really run."""

import psycopg
import redis

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
