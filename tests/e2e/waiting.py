"""Waiting for what comes by itself, and not for ever."""

import asyncio
from collections.abc import Callable
from typing import Any


async def until(there: Callable[[], Any]) -> Any:
    """What comes within ten seconds."""
    async with asyncio.timeout(10):
        while not (found := there()):
            await asyncio.sleep(0.01)
    return found
