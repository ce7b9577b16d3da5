"""The port `WaitingRequests` on Redis."""

from dataclasses import replace

import pytest
from redis.asyncio import Redis

from auth_service.protocol.interaction import Waiting
from auth_service.storage.redis.waiting_requests import (
    RedisWaitingRequests,
    _json,
    _key,
    _way_back,
)
from tests.contract.stores.racing import race
from tests.contract.stores.values import new_waiting
from valetkey.opaque import new_handle


class NaiveWaitingRequests(RedisWaitingRequests):
    """Reads, then deletes: two callers read."""

    async def take(self, handle: str) -> Waiting | None:
        found = await self._redis.get(_key(handle))
        await self._redis.delete(_key(handle))
        return _json.load(found) if found else None


@pytest.fixture
def waiting_requests(redis: Redis) -> RedisWaitingRequests:
    return RedisWaitingRequests(redis)


async def test_every_field_comes_back(waiting_requests: RedisWaitingRequests) -> None:
    """Reply address included: it was proven before it was stored."""
    handle, waiting = new_handle(), new_waiting()
    bare = replace(
        waiting,
        request=replace(
            waiting.request, prompts=frozenset(), max_age=None, hinted_subject="ada"
        ),
        answered=frozenset(),
    )
    other = new_handle()

    await waiting_requests.put(handle, waiting)
    await waiting_requests.put(other, bare)

    assert await waiting_requests.find(handle) == waiting
    assert await waiting_requests.find(other) == bare


async def test_looking_takes_nothing(waiting_requests: RedisWaitingRequests) -> None:
    handle, waiting = new_handle(), new_waiting()
    await waiting_requests.put(handle, waiting)

    await waiting_requests.find(handle)

    assert await waiting_requests.take(handle) == waiting
    assert await waiting_requests.take(handle) is None
    assert await waiting_requests.find(handle) is None


async def takes(waiting_requests: RedisWaitingRequests, redis: Redis) -> int:
    handle = new_handle()
    await waiting_requests.put(handle, new_waiting())
    taken = await race(redis, lambda _: waiting_requests.take(handle))
    return len([waiting for waiting in taken if waiting])


async def test_F01_of_many_takers_one_wins(
    waiting_requests: RedisWaitingRequests, redis: Redis
) -> None:
    for _ in range(20):
        assert await takes(waiting_requests, redis) == 1


async def test_the_naive_store_is_caught(redis: Redis) -> None:
    assert await takes(NaiveWaitingRequests(redis), redis) > 1


async def test_a_finished_handle_still_names_its_app(
    waiting_requests: RedisWaitingRequests,
) -> None:
    """An expired page leads back to the app, never to a dead end."""
    handle = new_handle()
    await waiting_requests.put(handle, new_waiting())

    await waiting_requests.take(handle)

    assert await waiting_requests.find_way_back(handle) == "web-app"
    assert await waiting_requests.find_way_back(new_handle()) is None


async def test_it_is_kept_under_its_fingerprint_and_not_for_long(
    waiting_requests: RedisWaitingRequests, redis: Redis
) -> None:
    handle = new_handle()

    await waiting_requests.put(handle, new_waiting())

    assert handle not in _key(handle) + _way_back(handle)
    assert 0 < await redis.ttl(_key(handle)) <= 900
    assert 0 < await redis.ttl(_way_back(handle)) <= 7200
