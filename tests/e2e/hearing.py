"""
Changes that a test makes behind a server's back, and the next request.

The server hears of them at once, but a request in its own process is faster still;
over a network it is not.
"""

import asyncio
import time

import httpx
from fastapi import FastAPI

from auth_service.storage.postgres import changes

# It is asked more often than in production, so that nobody waits for long.
changes.EVERY = 0.02
_last = 0.0


def changed() -> None:
    """Something was changed that a server may have kept."""
    global _last  # noqa: PLW0603  # one for all servers of the process
    _last = time.monotonic()


class HearingTransport(httpx.ASGITransport):
    """Requests to an application that has heard of all that was changed before."""

    def __init__(self, app: FastAPI, client: tuple[str, int]) -> None:
        super().__init__(app, client=client)
        self._changes: changes.Changes = app.state.changes

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = _last
        while self._changes.is_heard and self._changes.heard_at <= asked:
            await asyncio.sleep(0)
        return await super().handle_async_request(request)
