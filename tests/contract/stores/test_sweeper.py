"""The sweeper: what is long dead goes, a batch at a time, on one server at once."""

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.storage.postgres.grants import PostgresGrants
from auth_service.storage.postgres.sweeper import _LOCK, BATCH, PostgresSweeper
from auth_service.storage.postgres.tables import grants, refresh_tokens, revocations
from tests.contract.stores.racing import race
from tests.contract.stores.values import LONG, new_grant, stored_client, stored_user
from valetkey.opaque import new_handle


@pytest.fixture
def sweeper(database: AsyncEngine) -> PostgresSweeper:
    return PostgresSweeper(database)


async def begin(database: AsyncEngine) -> str:
    """A family with a refresh token: its grant_id."""
    user, client = await stored_user(database), await stored_client(database)
    grant = new_grant(user, client)
    await PostgresGrants(database).put(
        grant,
        code=None,
        authorized_at=None,
        refresh_token=new_handle(),
        absolute=LONG,
        idle=LONG,
    )
    return grant.grant_id


async def count(database: AsyncEngine) -> list[int]:
    """Rows of the three tables that grow with use."""
    async with database.connect() as connection:
        return [
            (await connection.execute(select(func.count()).select_from(t))).scalar_one()
            for t in (grants, refresh_tokens, revocations)
        ]


async def test_what_may_still_count_stays(
    database: AsyncEngine, sweeper: PostgresSweeper
) -> None:
    """A revocation outlives whatever it could concern."""
    await PostgresGrants(database).revoke(await begin(database))
    async with database.begin() as connection:
        at = func.now() - timedelta(days=30)
        await connection.execute(update(revocations).values(revoked_at=at))

    assert await sweeper.sweep() == 0

    assert await count(database) == [1, 1, 1]


async def test_what_is_over_goes(
    database: AsyncEngine, sweeper: PostgresSweeper
) -> None:
    """A family takes its tokens with it; a token leaves its family."""
    dead, _, idle = [await begin(database) for _ in range(3)]
    await PostgresGrants(database).revoke("long ago")
    over = func.now() - timedelta(seconds=1)
    async with database.begin() as connection:
        for statement in (
            update(grants).where(grants.c.grant_id == dead).values(expires_at=over),
            update(refresh_tokens)
            .where(refresh_tokens.c.grant_id == idle)
            .values(expires_at=over),
            update(revocations).values(revoked_at=func.now() - timedelta(days=32)),
        ):
            await connection.execute(statement)

    assert await sweeper.sweep() == 3

    assert await count(database) == [2, 1, 0]


async def test_F26_it_goes_in_batches(
    database: AsyncEngine, sweeper: PostgresSweeper
) -> None:
    """No transaction is long, so no lock is."""
    numbers = f"generate_series(1, {BATCH + 10}) AS n"
    rows = f"SELECT 'jti-' || n, now() - interval '40 days' FROM {numbers}"
    async with database.begin() as connection:
        await connection.execute(text(f"INSERT INTO auth.revocations {rows}"))

    swept = [await sweeper.sweep() for _ in range(3)]

    assert swept == [BATCH, 10, 0]


async def test_one_server_sweeps_the_others_go_on(
    database: AsyncEngine, sweeper: PostgresSweeper
) -> None:
    async with database.begin() as connection:
        long_ago = func.now() - timedelta(days=40)
        await connection.execute(
            insert(revocations).values(id="a", revoked_at=long_ago)
        )
    async with database.begin() as other:
        lock = text("SELECT pg_advisory_xact_lock(:key)")
        await other.execute(lock, {"key": _LOCK})
        assert await sweeper.sweep() == 0

    assert sum(await race(database, lambda _: sweeper.sweep(), racers=10)) == 1
