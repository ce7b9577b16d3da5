"""Families that others left behind: rows by the million, as years of use make them."""

import time

import psycopg

#: Refresh tokens of a family: all but the last were rotated.
TOKENS = 5
#: What a family and its tokens take on disk with their indexes, and again in the log.
BYTES_PER_TOKEN = 1500

_PEOPLE = """
INSERT INTO auth.users
    (subject, username, username_canonical, email, email_canonical, password_hash, name)
SELECT 'of-old-' || n, 'old' || n, 'old' || n, mail, mail, 'none', 'Somebody'
FROM generate_series(%(first)s / 10 + 1, %(last)s / 10) n,
    LATERAL (SELECT 'old' || n || '@people.example' AS mail) m
"""
#: Of ten families three have expired; of twenty one was revoked. A family is as old
#: as its number says, up to a month.
_FAMILIES = """
INSERT INTO auth.grants
    (grant_id, client_id, subject, scopes, resources, sid, auth_time, amr,
     authorized_at, offline, code_fingerprint, expires_at)
SELECT md5('family' || n), 'web', 'of-old-' || (n / 10 + 1),
    '{notes:read,offline_access,openid,profile}', '{http://localhost:9001}',
    md5('session' || n), begun, '{pwd}', begun, true,
    encode(sha256(convert_to('code' || n, 'UTF8')), 'hex'),
    begun + CASE WHEN n %% 10 < 3 THEN interval '1 day' ELSE interval '60 days' END
FROM generate_series(%(first)s, %(last)s - 1) n,
    LATERAL (SELECT now() - interval '2 days' - n %% 2500000 * interval '1 second'
        AS begun) b
"""
_REVOKED = """
INSERT INTO auth.revocations (id)
SELECT md5('family' || n) FROM generate_series(%(first)s, %(last)s - 1) n
WHERE n %% 20 = 5
"""
_REFRESH_TOKENS = f"""
INSERT INTO auth.refresh_tokens
    (fingerprint, grant_id, successor, rotated_at, expires_at)
SELECT encode(sha256(convert_to(n || 'token' || k, 'UTF8')), 'hex'),
    md5('family' || n),
    CASE WHEN k < {TOKENS} THEN
        encode(sha256(convert_to(n || 'token' || k + 1, 'UTF8')), 'hex') END,
    CASE WHEN k < {TOKENS} THEN now() - interval '1 day' END,
    CASE WHEN n %% 10 < 3 THEN now() - interval '1 day'
        ELSE now() + interval '1 day' + n %% 1000000 * interval '1 second' END
FROM generate_series(%(first)s, %(last)s - 1) n, generate_series(1, {TOKENS}) k
"""


def fill(database_url: str, first: int, last: int) -> float:
    """Add the families of these numbers; the seconds it took."""
    began = time.perf_counter()
    with psycopg.connect(database_url, autocommit=True) as connection:
        # Nobody waits for the disk, nor looks for what we know to be there.
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET session_replication_role = replica")
        for statement in (_PEOPLE, _FAMILIES, _REVOKED, _REFRESH_TOKENS):
            connection.execute(statement, {"first": first, "last": last})
        connection.execute("VACUUM (ANALYZE) auth.users, auth.grants")
        connection.execute("VACUUM (ANALYZE) auth.refresh_tokens, auth.revocations")
        connection.execute("CHECKPOINT")
    return time.perf_counter() - began


def size_mib(database_url: str) -> float:
    """Of the tables of families with their indexes."""
    tables = ["auth.grants", "auth.refresh_tokens", "auth.revocations"]
    size = (
        "SELECT sum(pg_total_relation_size(name::regclass))"
        " FROM unnest(%s::text[]) AS name"
    )
    with psycopg.connect(database_url) as connection:
        row = connection.execute(size, [tables]).fetchone()
    assert row
    return float(row[0]) / 2**20


def dead_rows(database_url: str) -> int:
    """Refresh tokens that only the sweeper has a use for."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM auth.refresh_tokens WHERE expires_at < now()"
        ).fetchone()
    assert row
    return int(row[0])
