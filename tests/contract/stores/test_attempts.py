"""The port `Attempts` on Redis."""

from datetime import timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from auth_service.protocol.throttle import Throttle
from auth_service.storage.redis.attempts import RedisAttempts, _keys
from tests.contract.stores.racing import race

FIVE = Throttle(free=5, first=timedelta(seconds=15), longest=timedelta(minutes=15))


class NaiveAttempts(RedisAttempts):
    """Reads, then writes: many tries see the same count."""

    async def reserve(self, key: str, throttle: Throttle) -> int:
        counter, _ = _keys(key)
        tries = int(await self._redis.get(counter) or 0)
        if tries >= throttle.free:
            return int(throttle.first.total_seconds())
        await self._redis.set(counter, tries + 1, ex=60)
        return 0


@pytest.fixture
def attempts(redis: Redis) -> RedisAttempts:
    return RedisAttempts(redis)


@pytest.fixture
def key() -> str:
    return uuid4().hex


async def test_after_the_free_tries_comes_a_wait(
    attempts: RedisAttempts, key: str
) -> None:
    waits = [await attempts.reserve(key, FIVE) for _ in range(7)]

    assert waits[:5] == [0] * 5
    assert all(0 < wait <= 15 for wait in waits[5:])


async def test_a_key_does_not_slow_another(attempts: RedisAttempts, key: str) -> None:
    for _ in range(6):
        await attempts.reserve(key, FIVE)

    assert await attempts.reserve(f"{key} of somebody else", FIVE) == 0


async def go_on(attempts: RedisAttempts, redis: Redis) -> int:
    key = uuid4().hex
    waits = await race(redis, lambda _: attempts.reserve(key, FIVE))
    return waits.count(0)


async def test_F01_tries_at_once_are_counted_one_by_one(
    attempts: RedisAttempts, redis: Redis
) -> None:
    for _ in range(10):
        assert await go_on(attempts, redis) == 5


async def test_the_naive_store_is_caught(redis: Redis) -> None:
    assert await go_on(NaiveAttempts(redis), redis) > 5


async def test_a_wait_doubles_and_has_an_end(
    attempts: RedisAttempts, key: str, redis: Redis
) -> None:
    """Nobody can be locked out for longer than `longest`."""
    throttle = Throttle(
        free=1, first=timedelta(seconds=10), longest=timedelta(seconds=25)
    )
    waits = []
    for _ in range(3):
        assert await attempts.reserve(key, throttle) == 0
        waits.append(await attempts.reserve(key, throttle))
        await redis.delete(_keys(key)[1])  # the wait is over

    assert waits == [10, 20, 25]


async def test_after_a_right_one_counting_begins_anew(
    attempts: RedisAttempts, key: str
) -> None:
    for _ in range(6):
        await attempts.reserve(key, FIVE)

    await attempts.forget(key)

    assert [await attempts.reserve(key, FIVE) for _ in range(5)] == [0] * 5


async def test_one_that_is_given_back_does_not_count(
    attempts: RedisAttempts, key: str, redis: Redis
) -> None:
    for _ in range(20):
        assert await attempts.reserve(key, FIVE) == 0
        await attempts.give_back(key)

    assert [await attempts.reserve(key, FIVE) for _ in range(5)] == [0] * 5
    assert await attempts.reserve(key, FIVE) > 0


async def test_giving_back_what_expired_leaves_nothing(
    attempts: RedisAttempts, key: str, redis: Redis
) -> None:
    """A counter below nothing, without an end, would be a gift for ever."""
    await attempts.give_back(key)

    assert await redis.exists(*_keys(key)) == 0


async def test_nothing_lives_for_ever_or_under_a_name(
    attempts: RedisAttempts, key: str, redis: Redis
) -> None:
    """People type passwords where names belong: only fingerprints are kept."""
    for _ in range(6):
        await attempts.reserve(key, FIVE)

    for kept in _keys(key):
        assert key not in kept
        assert 0 < await redis.ttl(kept) <= 15 * 60
