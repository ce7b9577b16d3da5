"""Statements that are run all the time: prepared, and past SQLAlchemy's execution."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row
from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg
from sqlalchemy.sql import ClauseElement

_DIALECT = PGDialectAsync_psycopg()  # type: ignore[no-untyped-call]  # as it is there


class Lanes:
    """
    Connections for prepared statements, each of which is a transaction of its own.

    Args:
        url: of the database.
        most: so many connections; who finds all of them busy waits.
        is_alive: whether one that was idle can be used.
        recycle: seconds after which a connection is replaced.
        options: of each connection.

    """

    def __init__(
        self,
        url: str,
        *,
        most: int,
        is_alive: Callable[[AsyncConnection[Any]], bool],
        recycle: float,
        options: Mapping[str, Any],
    ) -> None:
        self._url = url
        self._options = options
        self._is_alive = is_alive
        self._recycle = recycle
        self._free = asyncio.Semaphore(most)
        self._closed = False
        self._idle: list[tuple[AsyncConnection[dict[str, Any]], float]] = []

    @asynccontextmanager
    async def lane(self) -> AsyncIterator[AsyncConnection[dict[str, Any]]]:
        """One connection; raises what the driver raises."""
        async with self._free:
            connection, opened = await self._take()
            try:
                yield connection
            finally:
                idle = connection.pgconn.transaction_status == TransactionStatus.IDLE
                young = time.monotonic() - opened < self._recycle
                if idle and young and not self._closed:
                    self._idle.append((connection, opened))
                else:
                    connection.pgconn.finish()

    async def _take(self) -> tuple[AsyncConnection[dict[str, Any]], float]:
        while self._idle:
            connection, opened = self._idle.pop()
            if self._is_alive(connection):
                return connection, opened
            connection.pgconn.finish()
        return await self._connect(), time.monotonic()

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[AsyncConnection[dict[str, Any]]]:
        """A connection that is none of the lanes, for as long as it is needed."""
        connection = await self._connect()
        try:
            yield connection
        finally:
            connection.pgconn.finish()

    async def _connect(self) -> AsyncConnection[dict[str, Any]]:
        return await AsyncConnection.connect(
            self._url,
            autocommit=True,
            row_factory=dict_row,
            # From the first time: whatever is run here is run again.
            prepare_threshold=0,
            **self._options,
        )

    async def close(self) -> None:
        """Let go of all; of those in use, when they are not."""
        self._closed = True
        while self._idle:
            await self._idle.pop()[0].close()


class Prepared:
    """
    A statement as SQLAlchemy writes it, once, and as the driver runs it.

    Attributes:
        text: as it is sent.

    """

    def __init__(self, statement: ClauseElement) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        self.text = str(compiled).encode()
        #: What stands in the statement itself.
        self._constants = {n: v for n, v in compiled.params.items() if v is not None}

    async def run(self, lanes: Lanes, **values: Any) -> Sequence[dict[str, Any]]:
        """
        Its rows; `values` are what it binds, as the driver takes them.

        Raises:
            psycopg.Error: the database refuses it, or is not there.

        """
        async with lanes.lane() as connection:
            cursor = await connection.execute(self.text, self._constants | values)
            return await cursor.fetchall()
