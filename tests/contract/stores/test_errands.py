"""The port `Errands` on Redis: no letter is lost, and none is sent by two."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from auth_service.crypto.seal import Seal
from auth_service.protocol.letter import ClaimedErrand, Errand
from auth_service.storage.redis import connect as valkey
from auth_service.storage.redis.errands import RedisErrands
from tests.contract.stores.racing import race
from tests.servers import numbered

SEAL = Seal("a secret of the tests, long enough")
MINUTE = timedelta(minutes=1)
ERRAND = Errand(
    kind="reset",
    to="alice@people.example",
    language="de",
    values={"token": "a-token-in-a-letter", "ip": "192.0.2.1"},
)


@pytest.fixture
async def own(redis_url: str) -> AsyncIterator[Redis]:
    """A database of its own: the queue is one for all that share one."""
    redis = valkey.connect(numbered(redis_url, 5))
    await redis.flushdb()
    yield redis
    await redis.aclose()


@pytest.fixture
def errands(own: Redis) -> RedisErrands:
    return RedisErrands(own, SEAL)


async def due(errands: RedisErrands) -> ClaimedErrand:
    """The next errand, once it is due."""
    async with asyncio.timeout(10):
        while True:
            for claimed in await errands.claim_due(1):
                return claimed
            await asyncio.sleep(0.01)


async def test_every_field_comes_back_and_tries_are_counted(
    errands: RedisErrands,
) -> None:
    await errands.add(ERRAND, lifetime=MINUTE)

    (claimed,) = await errands.claim_due(10)

    assert claimed.errand == ERRAND
    assert claimed.tries == 1
    await errands.put_off(claimed.id, timedelta(0))
    again = await due(errands)
    assert (again.id, again.errand, again.tries) == (claimed.id, ERRAND, 2)


async def test_what_is_claimed_is_nobody_elses(errands: RedisErrands) -> None:
    await errands.add(ERRAND, lifetime=MINUTE)
    assert len(await errands.claim_due(10)) == 1
    assert not await errands.claim_due(10)


async def test_F01_of_many_workers_each_errand_has_one(
    errands: RedisErrands, own: Redis
) -> None:
    for _ in range(30):
        await errands.add(ERRAND, lifetime=MINUTE)
    claimed = await race(own, lambda _: errands.claim_due(3))
    names = [each.id for batch in claimed for each in batch]
    assert len(names) == len(set(names)) == 30


async def test_a_dead_workers_errand_is_due_again(own: Redis) -> None:
    """It claimed, and was never heard of again."""
    errands = RedisErrands(own, SEAL, lease=0.05)
    await errands.add(ERRAND, lifetime=MINUTE)
    (claimed,) = await errands.claim_due(1)
    again = await due(errands)
    assert (again.id, again.tries) == (claimed.id, 2)


async def test_what_is_done_is_gone_without_a_trace(
    errands: RedisErrands, own: Redis
) -> None:
    await errands.add(ERRAND, lifetime=MINUTE)
    (claimed,) = await errands.claim_due(1)
    await errands.done(claimed.id)
    await errands.put_off(claimed.id, timedelta(0))
    assert not await own.keys("*")


async def test_what_is_put_off_waits(errands: RedisErrands) -> None:
    await errands.add(ERRAND, lifetime=MINUTE)
    (claimed,) = await errands.claim_due(1)
    await errands.put_off(claimed.id, MINUTE)
    assert not await errands.claim_due(1)


async def test_an_errand_lives_no_longer_than_what_is_in_it(
    errands: RedisErrands, own: Redis
) -> None:
    await errands.add(ERRAND, lifetime=timedelta(seconds=0.05))
    async with asyncio.timeout(5):
        while await own.keys("vk:auth:errand:*"):
            await asyncio.sleep(0.01)
    assert not await errands.claim_due(1)
    assert not await own.keys("*")


async def test_nothing_of_a_letter_can_be_read(
    errands: RedisErrands, own: Redis
) -> None:
    await errands.add(ERRAND, lifetime=MINUTE)
    (key,) = await own.keys("vk:auth:errand:*")
    kept = repr(await own.hgetall(key))
    for value in (ERRAND.to, ERRAND.kind, *ERRAND.values.values()):
        assert value not in kept


async def test_what_another_secret_sealed_is_dropped(
    errands: RedisErrands, own: Redis
) -> None:
    """The operator has lost the old secret; the rest of the queue goes on."""
    other = RedisErrands(own, Seal("another secret of the tests, as long"))
    await other.add(ERRAND, lifetime=MINUTE)
    await errands.add(ERRAND, lifetime=MINUTE)
    assert len(await errands.claim_due(10)) == 1
    assert len(await own.keys("vk:auth:errand:*")) == 1
