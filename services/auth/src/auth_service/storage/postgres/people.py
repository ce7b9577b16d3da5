"""People as administrators see them: searched page by page, let in and shut out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from auth_service.ports import ListedPerson
from auth_service.protocol.user import canonical
from auth_service.storage.postgres.engine import at_edge, single
from auth_service.storage.postgres.tables import users
from auth_service.storage.postgres.users import COLUMNS, to_user

#: The advisory lock that lets one decide at a time who administers.
_LOCK = 0x76_6B_61_64
_in_charge = and_(users.c.administrator, users.c.disabled_at.is_(None))


@at_edge
class PostgresPeople:
    """The port `People`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._single = single(engine)

    async def search(
        self, prefix: str, *, order: str, after: Sequence[str] | None, most: int
    ) -> Sequence[ListedPerson]:
        """People whose name, username or address begins so."""
        u, name = users.c, canonical(prefix)
        statement = select(*COLUMNS, u.created_at).limit(most)
        if name:
            folded = [u.username_canonical, u.email_canonical, func.lower(u.name)]
            begins = [each.startswith(name, autoescape=True) for each in folded]
            statement = statement.where(or_(*begins))
        if order == "newest":
            place = tuple_(u.created_at, u.subject)
            statement = statement.order_by(u.created_at.desc(), u.subject.desc())
            if after is not None:
                moment, subject = after
                last = tuple_(datetime.fromisoformat(moment), subject)
                statement = statement.where(place < last)
        else:
            statement = statement.order_by(u.username_canonical)
            if after is not None:
                statement = statement.where(u.username_canonical > after[0])
        async with self._single.connect() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [ListedPerson(to_user(row), row["created_at"]) for row in rows]

    async def has_administrator(self) -> bool:
        """Whether anybody administers."""
        async with self._single.connect() as connection:
            found = await connection.execute(select(exists().where(_in_charge)))
            return bool(found.scalar())

    async def make_first_administrator(self, subject: str) -> bool:
        """Put somebody in charge where nobody is; one caller wins."""
        async with self._engine.begin() as connection:
            await _lock(connection)
            if (await connection.execute(select(exists().where(_in_charge)))).scalar():
                return False
            return await _set(connection, subject, administrator=True)

    async def make_administrator(self, subject: str) -> None:
        """Put somebody in charge beside the others."""
        async with self._engine.begin() as connection:
            await _set(connection, subject, administrator=True)

    async def unmake_administrator(self, subject: str) -> bool:
        """Take them out of charge; False where nobody else would be left."""
        async with self._engine.begin() as connection:
            return await is_not_the_last(connection, subject) and await _set(
                connection, subject, administrator=False
            )

    async def disable(self, subject: str) -> bool:
        """
        Shut somebody out; False where nobody would be left in charge.

        What was granted before stays dead when they are let in again.
        """
        now = func.clock_timestamp()
        async with self._engine.begin() as connection:
            return await is_not_the_last(connection, subject) and await _set(
                connection, subject, disabled_at=now, valid_after=now
            )

    async def enable(self, subject: str) -> None:
        """Let them in again."""
        async with self._engine.begin() as connection:
            await _set(connection, subject, disabled_at=None)

    async def verify_email(self, subject: str) -> None:
        """Vouch for the address that they have."""
        async with self._engine.begin() as connection:
            await _set(connection, subject, email_verified=True)


async def _lock(connection: AsyncConnection) -> None:
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


async def is_not_the_last(connection: AsyncConnection, subject: str) -> bool:
    """Two who take each other out of charge at once: the second finds nobody else."""
    await _lock(connection)
    found = await connection.execute(select(users.c.subject).where(_in_charge).limit(2))
    return list(found.scalars()) != [subject]


async def _set(connection: AsyncConnection, subject: str, **values: Any) -> bool:
    statement = update(users).where(users.c.subject == subject)
    changed = await connection.execute(
        statement.values(updated_at=func.now(), **values)
    )
    return bool(changed.rowcount)
