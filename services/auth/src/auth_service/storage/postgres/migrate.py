"""Bring the schema up to date; two starts at once migrate once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.storage.postgres.engine import at_edge
from auth_service.storage.postgres.tables import SCHEMA
from valetkey.errors import TemporarilyUnavailable

_LOCK = 0x76_6B_6D_67


def migrate(url: str) -> None:
    """Create or upgrade the schema `auth`."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        # A session's lock: the second starter waits here, then finds nothing to do.
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        connection.commit()
        command.upgrade(_config(connection), "head")
        connection.commit()
    engine.dispose()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


@at_edge
class SchemaCheck:
    """Whether the database is the one that this code was written for."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._head = ScriptDirectory.from_config(_config()).get_current_head()

    async def check(self) -> None:
        """
        Ask the database.

        Raises:
            TemporarilyUnavailable: it is away, or not migrated yet.

        """
        async with self._engine.connect() as connection:
            current = await connection.run_sync(_current)
        if current != self._head:
            raise TemporarilyUnavailable(detail="the database is not migrated")


def _current(connection: Connection) -> str | None:
    options = {"version_table_schema": SCHEMA}
    return MigrationContext.configure(connection, opts=options).get_current_revision()
