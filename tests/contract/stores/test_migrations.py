"""The schema: made once, whoever starts first, and the one that the code means."""

import asyncio
from collections.abc import Callable

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine

from auth_service.storage.postgres import engine as postgres
from auth_service.storage.postgres.migrate import migrate
from auth_service.storage.postgres.schema import SchemaCheck
from auth_service.storage.postgres.tables import SCHEMA, metadata
from valetkey.errors import TemporarilyUnavailable


async def test_F28_starts_at_once_migrate_once(
    new_database: Callable[..., str],
) -> None:
    """Four at a time, on an empty database: one works, three wait and find it done."""
    url = new_database()

    await asyncio.gather(*(asyncio.to_thread(migrate, url) for _ in range(4)))

    with psycopg.connect(url) as connection:
        versions = connection.execute("SELECT * FROM auth.alembic_version").fetchall()
    assert len(versions) == 1


async def test_F28_ready_means_migrated(new_database: Callable[..., str]) -> None:
    url = new_database()
    engine = postgres.connect(url)
    check = SchemaCheck(engine)

    with pytest.raises(TemporarilyUnavailable) as empty:
        await check.check()
    await asyncio.to_thread(migrate, url)
    await check.check()

    assert empty.value.detail == "the database is not migrated"
    await engine.dispose()


def test_the_migrations_make_the_tables_that_the_code_uses(
    new_database: Callable[..., str],
) -> None:
    """Compared column by column by Alembic."""
    url = new_database()
    migrate(url)

    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        assert _differences(connection) == []
    engine.dispose()


def _differences(connection: Connection) -> list[object]:
    options = {
        "version_table_schema": SCHEMA,
        "include_schemas": True,
        "include_name": lambda name, kind, _: kind != "schema" or name == SCHEMA,
        "compare_type": True,
    }
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, metadata))
