"""How Alembic runs: one transaction, under a lock, in our own schema."""

from alembic import context
from sqlalchemy import Connection, text

from resource_service.storage.tables import SCHEMA, metadata

#: Any number that no other program locks; the bytes of "vk-notes".
_LOCK = int.from_bytes(b"vk-notes")


def run(connection: Connection) -> None:
    """Migrate; a second one waits here, and then finds nothing to do."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema=SCHEMA,
        include_schemas=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
