"""
One pool of connections, and a deadline around everything that is asked of it.

A database that is gone, read-only, locked or just silent ends as
TemporarilyUnavailable within two seconds; when it is back, the next request finds a
connection that was tested first.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy import URL, make_url
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from valetkey.errors import TemporarilyUnavailable

Answer = TypeVar("Answer")

#: Everything that one request asks of the database, in seconds.
DEADLINE = 1.8
#: A connection from the pool, in seconds.
ACQUIRE = 1.0

_OPTIONS = (
    "-c statement_timeout=1500 -c lock_timeout=1000"
    " -c idle_in_transaction_session_timeout=5000"
)


def database_url(url: str) -> URL:
    """The URL for SQLAlchemy, whose driver is psycopg 3."""
    return make_url(url).set(drivername="postgresql+psycopg")


class Database:
    """The pool. `begin` is the only way to a connection."""

    def __init__(self, url: str) -> None:
        self._engine: AsyncEngine = create_async_engine(
            database_url(url),
            pool_size=10,
            max_overflow=5,
            pool_timeout=ACQUIRE,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": 2,
                "options": _OPTIONS,
                "application_name": "valetkey-resource",
            },
        )
        self._running: set[asyncio.Task[Any]] = set()

    async def begin(
        self, ask: Callable[[AsyncConnection], Awaitable[Answer]]
    ) -> Answer:
        """
        Ask within one transaction, which ends well or leaves nothing.

        Raises:
            TemporarilyUnavailable: no answer within the deadline, or the database
                is away, read-only or overloaded.

        """
        task = asyncio.create_task(self._transact(ask))
        self._running.add(task)
        task.add_done_callback(self._forget)
        try:
            # Not asyncio.timeout: that waits for the driver to clean up, and a
            # driver whose server is silent takes its time over it.
            await asyncio.wait({task}, timeout=DEADLINE)
            if not task.done():
                raise TemporarilyUnavailable(detail="the database took too long")
            return task.result()
        finally:
            task.cancel()

    async def _transact(
        self, ask: Callable[[AsyncConnection], Awaitable[Answer]]
    ) -> Answer:
        try:
            async with self._engine.begin() as connection:
                return await ask(connection)
        except (OperationalError, InterfaceError, InternalError, PoolTimeout) as error:
            raise TemporarilyUnavailable(detail=type(error).__name__) from error
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            raise TemporarilyUnavailable(detail="the connection broke") from error

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # it was told, or nobody waits for it any more

    async def dispose(self) -> None:
        """Close every connection."""
        await self._engine.dispose()
