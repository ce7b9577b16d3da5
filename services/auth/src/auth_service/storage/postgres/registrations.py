"""Clients that registered by themselves, and the tokens that go with that."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from auth_service.protocol.client import Client
from auth_service.storage.postgres.clients import SELECT_CLIENT, to_client, to_row
from auth_service.storage.postgres.engine import at_edge, single
from auth_service.storage.postgres.tables import (
    client_secrets,
    clients,
    consents,
    initial_access_tokens,
    registrations,
)
from valetkey.opaque import fingerprint, new_handle

#: Nobody has allowed the client anything, and it has not come with its secret.
NEVER_USED = ~exists().where(consents.c.client_id == clients.c.client_id) & ~(
    exists().where(
        client_secrets.c.client_id == clients.c.client_id,
        client_secrets.c.last_used_at.is_not(None),
    )
)
_alive = (initial_access_tokens.c.uses_left > 0) & (
    initial_access_tokens.c.expires_at > func.now()
)


@at_edge
class PostgresRegistrations:
    """The port `Registrations`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._single = single(engine)

    async def add_token(self, token: str, *, uses: int, lifetime: timedelta) -> None:
        """Let so many clients register with an initial access token."""
        statement = insert(initial_access_tokens).values(
            fingerprint=fingerprint(token),
            uses_left=uses,
            expires_at=func.now() + lifetime,
        )
        async with self._engine.begin() as connection:
            await connection.execute(statement)

    async def admits(self, token: str) -> bool:
        """Whether one more client may register with this initial access token."""
        mine = initial_access_tokens.c.fingerprint == fingerprint(token)
        async with self._single.connect() as connection:
            found = await connection.execute(select(exists().where(mine, _alive)))
        return bool(found.scalar())

    async def unused(self) -> int:
        """How many registered and were never used."""
        statement = (
            select(func.count())
            .select_from(registrations.join(clients))
            .where(NEVER_USED)
        )
        async with self._single.connect() as connection:
            return (await connection.execute(statement)).scalar_one()

    async def add(
        self,
        client: Client,
        *,
        client_secret: str | None,
        registration_access_token: str,
        initial_access_token: str | None,
    ) -> datetime | None:
        """Register a client: when that was; None where the token is used up."""
        async with self._engine.begin() as connection:
            if initial_access_token is not None:
                spent = await connection.execute(_spend(initial_access_token))
                if not spent.rowcount:
                    return None
            created = await connection.execute(
                insert(clients).values(to_row(client)).returning(clients.c.created_at)
            )
            await connection.execute(
                insert(registrations).values(
                    client_id=client.client_id,
                    token_fingerprint=fingerprint(registration_access_token),
                )
            )
            await _put_secret(connection, client.client_id, client_secret)
        moment: datetime = created.scalar_one()
        return moment

    async def find(
        self, client_id: str, registration_access_token: str
    ) -> Client | None:
        """The client that this token is for."""
        statement = SELECT_CLIENT.where(
            clients.c.client_id == client_id,
            exists().where(_is_for(client_id, registration_access_token)),
        )
        async with self._single.connect() as connection:
            row = (await connection.execute(statement)).mappings().first()
        return to_client(row) if row else None

    async def replace(
        self,
        client: Client,
        *,
        client_secret: str | None,
        keeps_secrets: bool,
        registration_access_token: str,
        successor: str,
    ) -> bool:
        """Replace all metadata and the token; one caller wins."""
        async with self._engine.begin() as connection:
            spent = await connection.execute(
                update(registrations)
                .where(_is_for(client.client_id, registration_access_token))
                .values(token_fingerprint=fingerprint(successor))
            )
            if not spent.rowcount:
                return False
            mine = clients.c.client_id == client.client_id
            await connection.execute(update(clients).where(mine).values(to_row(client)))
            if not keeps_secrets:
                await connection.execute(
                    delete(client_secrets).where(
                        client_secrets.c.client_id == client.client_id
                    )
                )
            await _put_secret(connection, client.client_id, client_secret)
        return True

    async def delete(self, client_id: str, registration_access_token: str) -> bool:
        """Remove a client with its secrets, consents and grants."""
        statement = delete(clients).where(
            clients.c.client_id == client_id,
            exists().where(_is_for(client_id, registration_access_token)),
        )
        async with self._engine.begin() as connection:
            return bool((await connection.execute(statement)).rowcount)


def _is_for(client_id: str, token: str) -> Any:
    return (registrations.c.client_id == client_id) & (
        registrations.c.token_fingerprint == fingerprint(token)
    )


def _spend(token: str) -> Update:
    """One use; PostgreSQL lets no more callers through than there are uses."""
    return (
        update(initial_access_tokens)
        .where(initial_access_tokens.c.fingerprint == fingerprint(token), _alive)
        .values(uses_left=initial_access_tokens.c.uses_left - 1)
    )


async def _put_secret(
    connection: AsyncConnection, client_id: str, client_secret: str | None
) -> None:
    if client_secret is None:
        return
    await connection.execute(
        insert(client_secrets).values(
            id=new_handle()[:16],
            client_id=client_id,
            fingerprint=fingerprint(client_secret),
            hint=client_secret[:6],
        )
    )
