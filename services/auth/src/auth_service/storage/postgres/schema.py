"""Whether the database is the one that this code was written for."""

from pathlib import Path

from sqlalchemy import Select, column, select, table
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.storage.postgres.engine import at_edge, single
from auth_service.storage.postgres.tables import SCHEMA
from valetkey.errors import TemporarilyUnavailable

#: Migrations are numbered; the last is what they lead to. Who serves does not need
#: Alembic in memory to know that.
_VERSIONS = (Path(__file__).parent / "migrations" / "versions").glob("[0-9]*.py")
HEAD = max(path.name.partition("_")[0] for path in _VERSIONS)
_CURRENT: Select[str] = select(column("version_num")).select_from(
    table("alembic_version", schema=SCHEMA)
)


@at_edge
class SchemaCheck:
    """Asks the database which migration it was brought to."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._single = single(engine)

    async def check(self) -> None:
        """
        Ask it.

        Raises:
            TemporarilyUnavailable: it is away, or not migrated yet.

        """
        try:
            async with self._single.connect() as connection:
                current = (await connection.execute(_CURRENT)).scalar()
        except ProgrammingError:  # there is no such table yet
            current = None
        if current != HEAD:
            raise TemporarilyUnavailable(detail="the database is not migrated")
