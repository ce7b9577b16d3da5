"""Commands that share a round trip: each has its own answer, or its own error."""

import asyncio

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

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
