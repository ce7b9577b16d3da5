"""
Many callers at the same moment.

The warm-up opens a connection for each of them first. Without it one caller is ahead
of the rest by a handshake, and a store that races would pass: each race has a control
that writes after it has read, and must be caught.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

Result = TypeVar("Result")

#: As many as a pool of Redis connections may have at once.
RACERS = 50


async def race(
    store: AsyncEngine | Redis,
    run: Callable[[int], Awaitable[Result]],
    *,
    racers: int = RACERS,
) -> list[Result]:
    """What each racer got; `run` is given its number."""
    await _warm(store, racers)
    return list(await asyncio.gather(*(run(n) for n in range(racers))))


async def _warm(store: AsyncEngine | Redis, racers: int) -> None:
    if isinstance(store, Redis):
        await asyncio.gather(*(store.ping() for _ in range(racers)))
        return
    everybody = asyncio.Barrier(racers)

    async def connect() -> None:
        async with store.connect() as connection:
            await connection.execute(text("SELECT 1"))
            await everybody.wait()

    await asyncio.gather(*(connect() for _ in range(racers)))
