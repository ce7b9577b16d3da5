"""The notes in PostgreSQL. Every statement names the owner."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, delete, distinct, func, insert, select, tuple_, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from resource_service.notes import Cursor, NoSuchNote, Note, Page
from resource_service.storage.database import Database
from resource_service.storage.tables import notes
from valetkey.errors import TemporarilyUnavailable


class Notes:
    """Each person's own notes; `owner` is their `sub`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, owner: str, *, limit: int, after: Cursor | None) -> Page:
        """Notes of one person, newest first, from where the last page ended."""
        statement = (
            select(notes)
            .where(notes.c.owner == owner)
            .order_by(notes.c.created_at.desc(), notes.c.id.desc())
            .limit(limit + 1)
        )
        if after is not None:
            place = tuple_(notes.c.created_at, notes.c.id)
            statement = statement.where(place < (after.created_at, after.id))

        async def ask(connection: AsyncConnection) -> list[Note]:
            return [_note(row) for row in await connection.execute(statement)]

        found = await self._database.begin(ask)
        shown = tuple(found[:limit])
        more = len(found) > limit
        last = (
            Cursor(created_at=shown[-1].created_at, id=shown[-1].id) if more else None
        )
        return Page(notes=shown, next=last)

    async def find(self, owner: str, note_id: UUID) -> Note:
        """
        One note.

        Raises:
            NoSuchNote: there is none, or it is somebody else's.

        """
        return await self._one(select(notes).where(*_of(owner, note_id)))

    async def add(self, owner: str, *, title: str, text: str, now: datetime) -> Note:
        """Write a note."""
        values = {"owner": owner, "title": title, "text": text}
        statement = insert(notes).values(
            id=uuid4(), created_at=now, updated_at=now, **values
        )
        return await self._one(statement.returning(notes))

    async def replace(
        self, owner: str, note_id: UUID, *, title: str, text: str, now: datetime
    ) -> Note:
        """
        Write a note anew.

        Raises:
            NoSuchNote: there is none, or it is somebody else's.

        """
        values = {"title": title, "text": text, "updated_at": now}
        statement = update(notes).where(*_of(owner, note_id)).values(values)
        return await self._one(statement.returning(notes))

    async def remove(self, owner: str, note_id: UUID) -> None:
        """
        Delete a note.

        Raises:
            NoSuchNote: there is none, or it is somebody else's.

        """
        await self._one(delete(notes).where(*_of(owner, note_id)).returning(notes))

    async def clear(self, owner: str) -> None:
        """Delete every note of one person."""
        statement = delete(notes).where(notes.c.owner == owner)

        async def ask(connection: AsyncConnection) -> None:
            await connection.execute(statement)

        await self._database.begin(ask)

    async def count(self) -> tuple[int, int]:
        """How many notes there are, and of how many people."""
        statement = select(func.count(), func.count(distinct(notes.c.owner)))

        async def ask(connection: AsyncConnection) -> tuple[int, int]:
            row = (await connection.execute(statement.select_from(notes))).one()
            return row[0], row[1]

        return await self._database.begin(ask)

    async def check(self) -> None:
        """
        Whether the table can be read: the database is there and migrated.

        Raises:
            TemporarilyUnavailable: the database or the table is not there.

        """

        async def ask(connection: AsyncConnection) -> None:
            await connection.execute(select(notes.c.id).limit(0))

        try:
            await self._database.begin(ask)
        except ProgrammingError:
            raise TemporarilyUnavailable(detail="not migrated yet") from None

    async def _one(self, statement: Any) -> Note:
        async def ask(connection: AsyncConnection) -> Note:
            row = (await connection.execute(statement)).one_or_none()
            if row is None:
                raise NoSuchNote
            return _note(row)

        return await self._database.begin(ask)


def _of(owner: str, note_id: UUID) -> tuple[Any, Any]:
    return notes.c.owner == owner, notes.c.id == note_id


def _note(row: Row[Any]) -> Note:
    return Note(**row._mapping)  # noqa: SLF001, the public name of SQLAlchemy's mapping
