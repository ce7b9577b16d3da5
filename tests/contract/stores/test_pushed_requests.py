"""The port `PushedRequests` on Redis."""

from dataclasses import replace

import pytest
from redis.asyncio import Redis

from auth_service.protocol.pushed_request import new_request_uri
from auth_service.storage.redis.pushed_requests import (
    REMEMBERED,
    RedisPushedRequests,
    _key,
    _used,
)
from tests.contract.stores.racing import race
from tests.contract.stores.values import new_waiting

LIFETIME = 60


class NaivePushedRequests(RedisPushedRequests):
    """Looks, then writes: two callers look."""

    async def claim(self, request_uri: str) -> bool:
        if await self._redis.get(_used(request_uri)):
            return False
        await self._redis.set(_used(request_uri), "1", ex=REMEMBERED)
        return True


@pytest.fixture
def pushed(redis: Redis) -> RedisPushedRequests:
    return RedisPushedRequests(redis, lifetime=LIFETIME)


async def test_every_field_comes_back_as_often_as_it_is_looked_at(
    pushed: RedisPushedRequests,
) -> None:
    request_uri = new_request_uri()
    request = replace(new_waiting().request, request_uri=request_uri)

    await pushed.put(request_uri, request)

    assert await pushed.find(request_uri) == request
    assert await pushed.find(request_uri) == request
    assert await pushed.find(new_request_uri()) is None


async def test_a_used_request_is_not_found(pushed: RedisPushedRequests) -> None:
    request_uri = new_request_uri()
    await pushed.put(request_uri, new_waiting().request)

    assert await pushed.claim(request_uri)

    assert await pushed.find(request_uri) is None
    assert not await pushed.claim(request_uri)


async def test_its_use_is_remembered_for_longer_than_the_request(
    pushed: RedisPushedRequests, redis: Redis
) -> None:
    """Two tabs that opened it in time get one answer, when it has expired too."""
    request_uri = new_request_uri()
    await pushed.put(request_uri, new_waiting().request)
    await pushed.claim(request_uri)
    await redis.delete(_key(request_uri))

    assert not await pushed.claim(request_uri)
    assert await redis.ttl(_used(request_uri)) > LIFETIME


async def claims(pushed: RedisPushedRequests, redis: Redis) -> int:
    request_uri = new_request_uri()
    await pushed.put(request_uri, new_waiting().request)
    return sum(await race(redis, lambda _: pushed.claim(request_uri)))


async def test_PR06_of_many_callers_one_uses_a_request(
    pushed: RedisPushedRequests, redis: Redis
) -> None:
    for _ in range(20):
        assert await claims(pushed, redis) == 1


async def test_the_naive_store_is_caught(redis: Redis) -> None:
    assert await claims(NaivePushedRequests(redis, lifetime=LIFETIME), redis) > 1


async def test_it_is_kept_under_its_fingerprint_and_not_for_long(
    pushed: RedisPushedRequests, redis: Redis
) -> None:
    request_uri = new_request_uri()

    await pushed.put(request_uri, new_waiting().request)

    assert request_uri not in _key(request_uri) + _used(request_uri)
    assert 0 < await redis.ttl(_key(request_uri)) <= LIFETIME
