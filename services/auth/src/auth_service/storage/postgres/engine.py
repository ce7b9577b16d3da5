"""One engine, one timeout policy, and the class decorator for its stores."""

import select
from collections.abc import Mapping
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from auth_service.storage.edge import translates
from auth_service.storage.postgres.prepared import Lanes

#: Of each PostgreSQL store: what the driver or the pool raises becomes
#: TemporarilyUnavailable. What a store expects (a name taken) it catches itself.
at_edge = translates(SQLAlchemyError, psycopg.Error)

#: What PostgreSQL itself enforces on each of our connections, in milliseconds.
_LIMITS = {
    "statement_timeout": 2000,
    "lock_timeout": 1000,
    "idle_in_transaction_session_timeout": 5000,
}
#: Prepared statements find what they want by an index, however few rows there are: a
#: plan is kept, and one that was made for an empty table would read all of a full one.
_BY_INDEX = {
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "plan_cache_mode": "force_generic_plan",
}
#: Seconds after which a connection is replaced.
_RECYCLE = 1800


class Engine(AsyncEngine):
    """
    Connections to one database.

    Attributes:
        lanes: those for prepared statements.

    """

    __slots__ = ("lanes",)

    def __init__(self, engine: AsyncEngine, lanes: Lanes) -> None:
        super().__init__(engine.sync_engine)
        self.lanes = lanes

    async def dispose(self, close: bool = True) -> None:
        """Let go of all connections."""
        await self.lanes.close()
        await super().dispose(close)


def connect(url: str, *, pool_size: int = 10) -> Engine:
    """
    An engine whose pool answers within a second, one way or the other.

    No connection is made for one statement: who finds all of them busy waits. There are
    half as many again for prepared statements.
    """
    options = {
        "options": _settings(_LIMITS),
        "connect_timeout": 2,
        "application_name": "valetkey-auth",
    }
    lanes = Lanes(
        url,
        most=(pool_size + 1) // 2,
        is_alive=_is_alive,
        recycle=_RECYCLE,
        options={**options, "options": _settings({**_LIMITS, **_BY_INDEX})},
    )
    engine = create_async_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=1.0,
        pool_recycle=_RECYCLE,
        # Where an error is logged after all, what people sent is not part of it.
        hide_parameters=True,
        connect_args=options,
    )
    event.listen(engine.sync_engine, "checkout", _check_alive)
    return Engine(engine, lanes)


def _settings(values: Mapping[str, object]) -> str:
    return " ".join(f"-c {name}={value}" for name, value in values.items())


def _is_alive(connection: psycopg.AsyncConnection[Any]) -> bool:
    """
    Whether PostgreSQL has not ended a connection while it was idle.

    It says so before it hangs up, so nothing is to be read on a good one; asking it
    would cost a round trip per statement.
    """
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    return not poll.poll(0)


def _check_alive(connection: Any, *_: object) -> None:
    """Have a connection that was ended replaced."""
    if not _is_alive(connection.driver_connection):
        raise DisconnectionError


def single(engine: AsyncEngine) -> AsyncEngine:
    """The same pool for single statements: no BEGIN before them, no COMMIT after."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")
