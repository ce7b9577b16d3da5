"""The port `SigningKeys` on PostgreSQL."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.ports import NewKey, SealedKey
from auth_service.storage.postgres import engine as postgres
from auth_service.storage.postgres.migrate import migrate
from auth_service.storage.postgres.signing_keys import PostgresSigningKeys, _add
from auth_service.storage.postgres.tables import signing_keys as table
from tests.contract.stores.racing import race

ALGS = ("ES256", "RS256")
DAY = timedelta(days=1)


def drawn(*algs: str) -> list[NewKey]:
    """Quick to make; what is inside is the keyring's business."""
    return [
        NewKey(
            kid=f"kid of {alg} {uuid4().hex}",
            alg=alg,
            public_jwk={"alg": alg, "x": "é"},
            private_key_sealed=b"\x00sealed\xff",
        )
        for alg in algs
    ]


FIRST = ALGS * 2


@pytest.fixture(scope="module")
async def database(new_database: Callable[..., str]) -> AsyncIterator[AsyncEngine]:
    """Its own: other tests look at every key that there is."""
    url = new_database()
    migrate(url)
    engine = postgres.connect(url, pool_size=24)
    yield engine
    await engine.dispose()


@pytest.fixture
async def keys(database: AsyncEngine) -> PostgresSigningKeys:
    async with database.begin() as connection:
        await connection.execute(table.delete())
    return PostgresSigningKeys(database)


def of(found: Sequence[SealedKey], alg: str = "ES256") -> list[SealedKey]:
    return [key for key in found if key.alg == alg]


def latest(found: Sequence[SealedKey]) -> datetime:
    return max(key.active_at for key in found if key.active_at is not None)


async def age(keys: PostgresSigningKeys, by: timedelta) -> None:
    """Let time pass for every key."""
    c = table.c
    older = {"created_at": c.created_at - by, "active_at": c.active_at - by}
    async with keys._engine.begin() as connection:
        await connection.execute(update(table).values(older))


async def rotate(keys: PostgresSigningKeys, announce: timedelta = DAY) -> datetime:
    _, found = await keys.all()
    return await keys.rotate(drawn(*ALGS), announce=announce, seen=latest(found))


async def test_the_first_keys_sign_and_the_next_are_announced(
    keys: PostgresSigningKeys,
) -> None:
    await keys.begin(drawn(*FIRST))

    now, found = await keys.all()

    for alg in ALGS:
        signs, announced = of(found, alg)
        assert signs.active_at is not None
        assert signs.active_at <= now
        assert announced.active_at is None
        assert signs.public_jwk == {"alg": alg, "x": "é"}
        assert signs.private_key_sealed == b"\x00sealed\xff"


async def test_F12_servers_that_start_at_once_begin_once(
    keys: PostgresSigningKeys,
) -> None:
    await race(keys._engine, lambda _: keys.begin(drawn(*FIRST)), racers=12)

    assert len((await keys.all())[1]) == 2 * len(ALGS)


async def test_an_algorithm_that_is_new_gets_keys_the_old_keep_theirs(
    keys: PostgresSigningKeys,
) -> None:
    await keys.begin(drawn("ES256", "ES256"))
    _, before = await keys.all()

    await keys.begin(drawn(*FIRST))

    _, after = await keys.all()
    assert of(after) == before
    assert len(of(after, "RS256")) == 2


async def test_a_key_is_published_for_a_while_before_it_signs(
    keys: PostgresSigningKeys,
) -> None:
    await keys.begin(drawn(*FIRST))
    _, before = await keys.all()

    moment = await rotate(keys)

    _, found = await keys.all()
    assert {key.active_at for key in of(found)} == {
        of(before)[0].active_at,
        moment,
        None,
    }
    assert moment == of(before)[1].created_at + DAY
    assert of(found)[1].kid == of(before)[1].kid


async def test_asked_again_before_then_nothing_changes(
    keys: PostgresSigningKeys,
) -> None:
    await keys.begin(drawn(*FIRST))
    moment = await rotate(keys)
    before = await keys.all()

    assert await rotate(keys) == moment

    assert (await keys.all())[1] == before[1]


async def test_a_stolen_key_is_replaced_now_whatever_was_planned(
    keys: PostgresSigningKeys,
) -> None:
    await keys.begin(drawn(*FIRST))
    await rotate(keys)

    moment = await rotate(keys, announce=timedelta(0))

    now, found = await keys.all()
    assert moment <= now
    assert len(of(found)) == 3
    assert of(found)[1].active_at == moment


async def rotations(keys: PostgresSigningKeys, announce: timedelta) -> int:
    """How many new keys of an algorithm several rotators make at once."""
    await keys.begin(drawn(*FIRST))
    await age(keys, by=2 * DAY)
    _, before = await keys.all()

    moments = await race(
        keys._engine,
        lambda _: keys.rotate(drawn(*ALGS), announce=announce, seen=latest(before)),
        racers=8,
    )

    _, after = await keys.all()
    assert len(set(moments)) == 1 or isinstance(keys, NaiveSigningKeys)
    return len(of(after)) - len(of(before))


@pytest.mark.parametrize("announce", [DAY, timedelta(0)])
async def test_F12_rotators_at_once_make_one_new_key(
    keys: PostgresSigningKeys, announce: timedelta
) -> None:
    """Also where the announced key may sign at once, and none waits for a moment."""
    assert await rotations(keys, announce) == 1


class NaiveSigningKeys(PostgresSigningKeys):
    """Looks, then adds, without the lock."""

    async def rotate(
        self,
        new: Sequence[NewKey],
        *,
        announce: timedelta,
        seen: datetime,
    ) -> datetime:
        async with self._engine.begin() as connection:
            newest = await connection.execute(select(func.max(table.c.active_at)))
            if newest.scalar_one() > seen:
                return seen
            for key in new:
                await _add(connection, key, active_at=func.now())
        return seen


async def test_the_naive_store_is_caught(keys: PostgresSigningKeys) -> None:
    assert await rotations(NaiveSigningKeys(keys._engine), DAY) > 1


async def test_a_key_is_kept_until_the_last_token_it_signed_is_gone(
    keys: PostgresSigningKeys,
) -> None:
    """Its successor has to have signed for that long; one that signs always stays."""
    await keys.begin(drawn(*FIRST))
    await age(keys, by=2 * DAY)
    await rotate(keys)
    _, before = await keys.all()

    await keys.sweep(keep=timedelta(hours=1))
    _, kept = await keys.all()
    await age(keys, by=timedelta(hours=2))
    _, aged = await keys.all()
    await keys.sweep(keep=timedelta(hours=1))
    _, swept = await keys.all()

    assert kept == before
    for alg in ALGS:
        assert of(swept, alg) == of(aged, alg)[1:]


async def test_the_only_key_that_signs_is_never_swept(
    keys: PostgresSigningKeys,
) -> None:
    """Nor the announced one, however old they are."""
    await keys.begin(drawn(*FIRST))
    await age(keys, by=400 * DAY)
    _, before = await keys.all()

    await keys.sweep(keep=timedelta(0))

    assert (await keys.all())[1] == before
