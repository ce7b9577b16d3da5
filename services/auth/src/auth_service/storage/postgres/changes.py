"""What others change in the database, heard at once; and what may be kept meanwhile."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import psycopg
from psycopg import AsyncConnection
from sqlalchemy import event

from auth_service.storage.postgres.engine import Engine
from valetkey.logs import get_logger

log = get_logger(__name__)

#: Where triggers say that an app, or what is told of one, is another one now.
CHANNEL = "valetkey_auth_clients"
#: Seconds for which silence is believed to be news from nobody.
TRUSTED = 1.0
#: Seconds after which it is asked whether anybody would be heard.
EVERY = 0.25
#: Seconds until another try while the database is away.
_RETRY = 0.5
#: A pooler may have us listen on one connection and ask on another; and before the
#: tables are brought up to date nobody tells.
_LISTENS = (
    "SELECT 1 FROM pg_listening_channels() AS c"
    " WHERE c = %s AND to_regproc('auth.tell_of_clients') IS NOT NULL"
)

Name = TypeVar("Name")
Value = TypeVar("Value")


class Changes:
    """
    Counts what changed, as far as one connection of this process hears of it.

    PostgreSQL tells of a change when it is committed, whoever made it; and in order,
    so that whoever has just been answered has heard of all that was before.

    Attributes:
        moment: another one after each change.
        heard_at: by the monotonic clock; what was committed before has been heard of.

    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.moment = 0
        self.heard_at = -math.inf
        # What this process itself changes it knows without being told.
        event.listen(engine.sync_engine, "commit", self._changed)

    @property
    def is_heard(self) -> bool:
        """Whether no change could have been missed, but for the last second's."""
        return time.monotonic() - self.heard_at < TRUSTED

    async def listen(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                async with self._engine.lanes.apart() as connection:
                    await self._listen(connection)
            except (psycopg.Error, OSError) as error:
                # The type only: a driver's message may say more than it should.
                log.warning("changes are not heard of", error=type(error).__name__)
            self.heard_at = -math.inf
            await asyncio.sleep(_RETRY)

    async def _listen(self, connection: AsyncConnection[Any]) -> None:
        await connection.execute(f"LISTEN {CHANNEL}")
        self._changed()  # what nobody heard of until now
        while True:
            asked = time.monotonic()
            listens = await connection.execute(_LISTENS, [CHANNEL])
            if await listens.fetchone() is None:
                return
            await self._hear(connection, 0)
            self.heard_at = asked
            await self._hear(connection, EVERY)

    async def _hear(self, connection: AsyncConnection[Any], seconds: float) -> None:
        async for _ in connection.notifies(timeout=seconds):
            self._changed()

    def _changed(self, *_: object) -> None:
        self.moment += 1


class Kept(Generic[Name, Value]):
    """
    What was read, until anything changes or could have changed unheard.

    Args:
        changes: None where nothing is to be kept.
        most: so many of them; beyond that all are read anew.

    """

    def __init__(self, changes: Changes | None, *, most: int) -> None:
        self._changes = changes
        self._most = most
        self._moment = 0
        self._values: dict[Name, Value] = {}

    async def find(
        self, name: Name, read: Callable[[Name], Awaitable[Value | None]]
    ) -> Value | None:
        """The value of this name, kept or read; that there is none is not kept."""
        changes = self._changes
        if changes is None:
            return await read(name)
        if changes.moment != self._moment or len(self._values) > self._most:
            self._values.clear()
            self._moment = changes.moment
        if changes.is_heard and name in self._values:
            return self._values[name]
        moment = changes.moment
        value = await read(name)
        # What changed while it was read may be missing in it; and who asked meanwhile
        # may have begun anew with what is true since.
        if value is not None and changes.moment == moment:
            self._values[name] = value
        return value
