"""Commands that share a round trip: each has its own answer, or its own error."""

import asyncio
import time

import pytest
import redis as blocking
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as TookTooLong

from auth_service.storage.redis.connect import connect
from valetkey.opaque import new_handle


async def test_commands_of_the_same_moment_get_their_own_answers(redis: Redis) -> None:
    names = [new_handle() for _ in range(20)]
    await asyncio.gather(*(redis.set(name, n, ex=60) for n, name in enumerate(names)))
    found = await asyncio.gather(*(redis.get(name) for name in names))
    assert found == [str(n) for n in range(20)]


async def test_what_is_wrong_with_one_is_not_with_the_others(redis: Redis) -> None:
    name = new_handle()
    await redis.set(name, "text", ex=60)
    wrong, right, missing = await asyncio.gather(
        redis.incr(name),
        redis.get(name),
        redis.get(new_handle()),
        return_exceptions=True,
    )
    assert isinstance(wrong, ResponseError)
    assert (right, missing) == ("text", None)


async def test_one_that_is_cut_off_takes_nothing_from_the_others(redis: Redis) -> None:
    name = new_handle()
    waiting = [asyncio.create_task(redis.incr(name)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    assert (await waiting[0], await waiting[2]) == (1, 3)
    with pytest.raises(asyncio.CancelledError):
        await waiting[1]
    await redis.delete(name)


async def test_a_connection_that_ended_is_replaced(redis_url: str) -> None:
    """While it is idle: the next command does not meet it."""
    redis, other = connect(redis_url), connect(redis_url)
    ended = await redis.client_id()
    await other.client_kill_filter(_id=str(ended))
    while redis.is_connected:
        await asyncio.sleep(0)
    assert await redis.client_id() != ended
    await redis.aclose()
    await other.aclose()


async def test_what_was_sent_and_not_answered_is_an_error_and_not_repeated(
    redis_url: str,
) -> None:
    redis, other, name = connect(redis_url), connect(redis_url), new_handle()
    mine = await redis.client_id()
    waiting = asyncio.create_task(redis.blpop([name], timeout=5))
    blocked = asyncio.create_task(redis.rpush(name, "mine"))
    while (await other.client_list(client_id=[str(mine)]))[0]["flags"] != "b":
        pass
    await other.client_kill_filter(_id=str(mine))
    failed = await asyncio.gather(waiting, blocked, return_exceptions=True)
    assert [type(error) for error in failed] == [Disconnected] * 2
    assert not await redis.exists(name)
    await redis.aclose()
    await other.aclose()


async def test_one_that_is_never_answered_is_given_up(redis_url: str) -> None:
    """And with it the connection: what comes later would be taken for its answer."""
    redis, name = connect(redis_url), new_handle()
    before = await redis.client_id()
    with pytest.raises(TookTooLong):
        await redis.blpop([name], timeout=5)
    assert await redis.client_id() != before
    await redis.aclose()


async def test_an_answer_that_came_while_we_were_busy_counts(
    redis: Redis, redis_url: str
) -> None:
    name, before = new_handle(), await redis.client_id()
    asked = asyncio.create_task(redis.blpop([name], timeout=5))
    for _ in range(20):  # until it is sent
        await asyncio.sleep(0)
    with blocking.Redis.from_url(redis_url) as other:
        other.rpush(name, "answer")
    time.sleep(1.1)  # what keeps the loop from reading it
    assert (await asked)[1] == "answer"
    assert await redis.client_id() == before
