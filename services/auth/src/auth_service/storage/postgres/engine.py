"""One engine, one timeout policy, and the class decorator for its stores."""

import select
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from auth_service.storage.edge import translates

#: Of each PostgreSQL store: what the driver or the pool raises becomes
#: TemporarilyUnavailable. What a store expects (a name taken) it catches itself.
at_edge = translates(SQLAlchemyError)

#: What PostgreSQL itself enforces on each of our connections, in milliseconds.
_LIMITS = {
    "statement_timeout": 2000,
    "lock_timeout": 1000,
    "idle_in_transaction_session_timeout": 5000,
}


def connect(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """
    An engine whose pool answers within a second, one way or the other.

    No connection is made for one statement: who finds all of them busy waits.
    """
    options = " ".join(f"-c {name}={ms}" for name, ms in _LIMITS.items())
    engine = create_async_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=1.0,
        pool_recycle=1800,
        # Where an error is logged after all, what people sent is not part of it.
        hide_parameters=True,
        connect_args={
            "options": options,
            "connect_timeout": 2,
            "application_name": "valetkey-auth",
        },
    )
    event.listen(engine.sync_engine, "checkout", _check_alive)
    return engine


def _check_alive(connection: Any, *_: object) -> None:
    """
    Replace a connection that PostgreSQL ended while it was idle.

    It says so before it hangs up, so nothing is to be read on a good one; asking it
    would cost a round trip per statement.
    """
    driver = connection.driver_connection
    if driver.closed:
        raise DisconnectionError
    poll = select.poll()
    poll.register(driver.pgconn.socket, select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError


def single(engine: AsyncEngine) -> AsyncEngine:
    """The same pool for single statements: no BEGIN before them, no COMMIT after."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")
