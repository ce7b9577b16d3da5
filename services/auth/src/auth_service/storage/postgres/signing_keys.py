"""Signing keys, sealed, and their orderly succession (OIDC Core section 10.1.1)."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from auth_service.ports import NewKey, SealedKey
from auth_service.storage.postgres.engine import at_edge, single
from auth_service.storage.postgres.tables import signing_keys

#: The advisory lock that lets one of several servers touch the keys.
_LOCK = 0x76_6B_65_79


@at_edge
class PostgresSigningKeys:
    """Each algorithm always has one key that signs and one that is announced."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._single = single(engine)

    async def all(self) -> tuple[datetime, Sequence[SealedKey]]:
        """The database's present moment, and every key, oldest first."""
        statement = select(signing_keys).order_by(signing_keys.c.created_at)
        async with self._single.connect() as connection:
            now = (await connection.execute(select(func.now()))).scalar_one()
            rows = (await connection.execute(statement)).mappings().all()
        return now, [SealedKey(**row) for row in rows]

    async def begin(self, keys: Sequence[NewKey]) -> None:
        """Take the first keys, of algorithms that have none."""
        async with self._engine.begin() as connection:
            await _lock(connection)
            statement = select(signing_keys.c.alg).distinct()
            present = set((await connection.execute(statement)).scalars())
            missing = [key for key in keys if key.alg not in present]
            for key in missing:
                first = next(each for each in missing if each.alg == key.alg)
                active_at = func.now() if key is first else None
                await _add(connection, key, active_at=active_at)

    async def rotate(
        self,
        keys: Sequence[NewKey],
        *,
        announce: timedelta,
        seen: datetime,
    ) -> datetime:
        """Let the announced keys sign, and announce these."""
        k = signing_keys.c
        ready = func.greatest(func.now(), k.created_at + announce)
        async with self._engine.begin() as connection:
            await _lock(connection)
            latest = await connection.execute(select(func.max(k.active_at)))
            last: datetime = latest.scalar_one()
            if last > seen:
                return last
            # What is due already: `--now` brings it forward.
            moment = await _activate(
                connection, k.active_at > func.now(), func.least(k.active_at, ready)
            )
            if moment is None:
                moment = await _activate(connection, k.active_at.is_(None), ready)
                for key in keys:
                    await _add(connection, key, active_at=None)
        return moment or last

    async def remove(self, kid: str) -> bool:
        """Withdraw a key at once; False unless its successor signs already."""
        k, later = signing_keys.c, signing_keys.alias("later")
        superseded = select(later.c.kid).where(
            later.c.alg == k.alg,
            later.c.active_at > k.active_at,
            later.c.active_at <= func.now(),
        )
        async with self._engine.begin() as connection:
            await _lock(connection)
            statement = delete(signing_keys).where(k.kid == kid, superseded.exists())
            return bool((await connection.execute(statement)).rowcount)

    async def sweep(self, *, keep: timedelta) -> None:
        """Forget keys whose successor has signed for longer than any token lives."""
        k, later = signing_keys.c, signing_keys.alias("later")
        superseded = select(later.c.kid).where(
            later.c.alg == k.alg,
            later.c.active_at > k.active_at,
            later.c.active_at < func.now() - keep,
        )
        async with self._engine.begin() as connection:
            await connection.execute(delete(signing_keys).where(superseded.exists()))


async def _lock(connection: AsyncConnection) -> None:
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


async def _activate(
    connection: AsyncConnection, which: ColumnElement[bool], active_at: Any
) -> datetime | None:
    """When the last of these keys begins to sign; None where there are none."""
    statement = (
        update(signing_keys)
        .where(which)
        .values(active_at=active_at)
        .returning(signing_keys.c.active_at)
    )
    moments = (await connection.execute(statement)).scalars()
    return max((moment for moment in moments if moment is not None), default=None)


async def _add(connection: AsyncConnection, key: NewKey, *, active_at: Any) -> None:
    row = {**asdict(key), "active_at": active_at}
    await connection.execute(insert(signing_keys).values(row))
