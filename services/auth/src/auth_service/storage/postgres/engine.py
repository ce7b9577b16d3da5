"""One engine, one timeout policy, and the class decorator for its stores."""

from sqlalchemy.exc import SQLAlchemyError
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


def connect(url: str, *, pool_size: int = 10, max_overflow: int = 5) -> AsyncEngine:
    """An engine whose pool answers within a second, one way or the other."""
    options = " ".join(f"-c {name}={ms}" for name, ms in _LIMITS.items())
    return create_async_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=1.0,
        pool_pre_ping=True,
        pool_recycle=1800,
        # Where an error is logged after all, what people sent is not part of it.
        hide_parameters=True,
        connect_args={
            "options": options,
            "connect_timeout": 2,
            "application_name": "valetkey-auth",
        },
    )


def reading(engine: AsyncEngine) -> AsyncEngine:
    """The same pool for single SELECTs: no BEGIN before them, no ROLLBACK after."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")
