"""Coroutines in tests that are not: beside Playwright no second loop may run here."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run it to its end, in a thread with a loop of its own."""

    async def to_its_end() -> None:
        await work()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, to_its_end()).result(60)
