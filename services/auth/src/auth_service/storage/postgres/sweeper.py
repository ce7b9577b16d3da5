"""Forgets what is long dead, a little at a time, on one server at once."""

from typing import Any

from sqlalchemy import Select, delete, func, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.storage.postgres.engine import at_edge
from auth_service.storage.postgres.tables import grants, refresh_tokens, revocations

_LOCK = 0x76_6B_73_77
#: Rows in one transaction: no lock is held for long.
BATCH = 1000
#: A revocation is kept longer than anything that it could concern.
_KEPT = text("interval '31 days'")

_DEAD = (
    (refresh_tokens, refresh_tokens.c.expires_at < func.now()),
    (grants, grants.c.expires_at < func.now()),
    (revocations, revocations.c.revoked_at < func.now() - literal_column(str(_KEPT))),
)


@at_edge
class PostgresSweeper:
    """Bounds the tables that grow with use."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def sweep(self) -> int:
        """Delete one batch of each kind; how many rows went."""
        gone = 0
        async with self._engine.begin() as connection:
            lock = text("SELECT pg_try_advisory_xact_lock(:key)")
            if not (await connection.execute(lock, {"key": _LOCK})).scalar():
                return 0
            for table, dead in _DEAD:
                rows: Select[Any] = (
                    select(literal_column("ctid"))
                    .select_from(table)
                    .where(dead)
                    .limit(BATCH)
                    .with_for_update(skip_locked=True)
                )
                statement = delete(table).where(literal_column("ctid").in_(rows))
                gone += (await connection.execute(statement)).rowcount
        return gone
