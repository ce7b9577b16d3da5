"""Forgets what is long dead, a little at a time, on one server at once."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, delete, exists, func, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.storage.postgres.engine import at_edge
from auth_service.storage.postgres.registrations import NEVER_USED
from auth_service.storage.postgres.tables import (
    client_documents,
    clients,
    grants,
    initial_access_tokens,
    logout_deliveries,
    refresh_tokens,
    registrations,
    revocations,
)

_LOCK = 0x76_6B_73_77
#: Rows in one transaction: no lock is held for long.
BATCH = 1000
#: A revocation is kept longer than anything that it could concern.
_KEPT = text("interval '31 days'")

#: How long an app's owner can see what became of a logout token.
_DELIVERIES_KEPT = timedelta(days=7)
#: A document that nobody consented to outlives by far the sign-in it was fetched for.
_DOCUMENTS_KEPT = timedelta(hours=3)

_DEAD = (
    (refresh_tokens, refresh_tokens.c.expires_at < func.now()),
    (grants, grants.c.expires_at < func.now()),
    (revocations, revocations.c.revoked_at < func.now() - literal_column(str(_KEPT))),
    (
        logout_deliveries,
        logout_deliveries.c.next_attempt_at.is_(None)
        & (logout_deliveries.c.created_at < func.now() - _DELIVERIES_KEPT),
    ),
    (initial_access_tokens, initial_access_tokens.c.expires_at < func.now()),
    (
        clients,
        NEVER_USED
        & exists().where(
            client_documents.c.client_id == clients.c.client_id,
            client_documents.c.fetched_at < func.now() - _DOCUMENTS_KEPT,
        ),
    ),
)


@at_edge
class PostgresSweeper:
    """
    Bounds the tables that grow with use.

    Args:
        unused: how long a client that registered itself may wait for its first use.

    """

    def __init__(
        self, engine: AsyncEngine, *, unused: timedelta = timedelta(days=7)
    ) -> None:
        self._engine = engine
        forgotten = NEVER_USED & exists().where(
            registrations.c.client_id == clients.c.client_id,
            registrations.c.created_at < func.now() - unused,
        )
        self._dead = (*_DEAD, (clients, forgotten))

    async def sweep(self) -> int:
        """Delete one batch of each kind; how many rows went."""
        gone = 0
        async with self._engine.begin() as connection:
            lock = text("SELECT pg_try_advisory_xact_lock(:key)")
            if not (await connection.execute(lock, {"key": _LOCK})).scalar():
                return 0
            for table, dead in self._dead:
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
