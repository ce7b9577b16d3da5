"""Statements of every request find their rows by an index, however few there are."""

import asyncio
from collections import Counter
from collections.abc import Callable

import psycopg
import pytest

from auth_service.crypto.seal import Seal
from auth_service.protocol.client import Client
from auth_service.protocol.user import User
from auth_service.storage.postgres import engine as postgres
from auth_service.storage.postgres.audit_log import PostgresAuditLog
from auth_service.storage.postgres.clients import PostgresClients
from auth_service.storage.postgres.consents import PostgresConsents
from auth_service.storage.postgres.engine import Engine
from auth_service.storage.postgres.grants import PostgresGrants
from auth_service.storage.postgres.migrate import migrate
from auth_service.storage.postgres.second_factors import PostgresSecondFactors
from auth_service.storage.postgres.users import PostgresUsers
from tests.contract.stores.values import LONG, new_grant, stored_client, stored_user
from valetkey.opaque import new_handle

SEAL = Seal("a secret of the tests, long enough")
#: After five times, PostgreSQL keeps a plan.
OFTEN = 10
AT_ONCE = 10


async def prepare(url: str) -> tuple[User, Client]:
    """A person who allowed an app something."""
    engine = postgres.connect(url)
    user, client = await stored_user(engine), await stored_client(engine)
    consents = PostgresConsents(engine)
    await consents.put(user.subject, client.client_id, {None: frozenset({"openid"})})
    await engine.dispose()
    return user, client


async def ask(engine: Engine, user: User, client: Client) -> None:
    """All that requests ask all the time, of several at once."""
    grants, consents = PostgresGrants(engine), PostgresConsents(engine)

    async def sign_in() -> None:
        allowed = await consents.granted(user.subject, client.client_id, ())
        grant, refresh_token = new_grant(user, client), new_handle()
        assert await grants.put(
            grant,
            code=new_handle(),
            authorized_at=allowed.at,
            refresh_token=refresh_token,
            absolute=LONG,
            idle=LONG,
        )
        assert await grants.find_refresh(refresh_token)
        assert await grants.rotate(refresh_token, new_handle(), idle=LONG)
        assert await grants.find_person(grant.grant_id, "jti")

    await asyncio.gather(*(sign_in() for _ in range(AT_ONCE)))
    assert not await grants.is_revoked("jti")
    assert await PostgresClients(engine).find(client.client_id)
    assert await PostgresUsers(engine).find(user.subject)
    assert await PostgresUsers(engine).find_by_identifier(user.username)
    assert await PostgresSecondFactors(engine, SEAL).of(user.subject)
    await PostgresAuditLog(engine).record("tested", subject=user.subject)


def scans(url: str) -> Counter[str]:
    """How often each table was read from end to end, when all others have hung up."""
    with psycopg.connect(url, autocommit=True) as connection:
        others = "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        mine = f"{others} AND datname = current_database() AND usename IS NOT NULL"
        while connection.execute(mine).fetchone() != (0,):
            pass
        counted = connection.execute(
            "SELECT relname, seq_scan FROM pg_stat_user_tables"
        )
        return Counter(dict(counted.fetchall()))


async def scanned(url: str, engine: Engine, user: User, client: Client) -> set[str]:
    """The tables that were, by requests."""
    before = scans(url)
    for _ in range(OFTEN):
        await ask(engine, user, client)
    await engine.dispose()
    return set(scans(url) - before)


@pytest.fixture
def url(new_database: Callable[..., str]) -> str:
    url = new_database()
    migrate(url)
    return url


async def test_no_table_is_read_from_end_to_end(url: str) -> None:
    known = await prepare(url)
    assert await scanned(url, postgres.connect(url), *known) == set()


async def test_left_to_itself_postgresql_reads_them_so(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As small as they are now; and it goes on to when they are large."""
    known = await prepare(url)
    monkeypatch.setattr(postgres, "_BY_INDEX", {})
    naive = await scanned(url, postgres.connect(url), *known)
    assert "refresh_tokens" in naive
