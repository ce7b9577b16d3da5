"""Clients that are known by the address of their metadata."""

from datetime import timedelta

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.ports import KnownDocument
from auth_service.protocol.client import Client
from auth_service.storage.postgres.clients import (
    SELECT_CLIENT,
    agreed,
    ask_again,
    to_client,
    to_row,
)
from auth_service.storage.postgres.engine import at_edge, single
from auth_service.storage.postgres.tables import client_documents, clients

#: For how long what was fetched may serve on while it cannot be fetched again.
STALE_IF_ERROR = timedelta(days=1)


@at_edge
class PostgresClientDocuments:
    """The port `ClientDocuments`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._single = single(engine)

    async def find(self, client_id: str) -> KnownDocument | None:
        """The client as it was last fetched."""
        d = client_documents.c
        statement = (
            SELECT_CLIENT.add_columns(
                (d.fresh_until > func.now()).label("fresh"),
                (d.fetched_at > func.now() - STALE_IF_ERROR).label("usable"),
            )
            .join(client_documents, d.client_id == clients.c.client_id)
            .where(d.client_id == client_id)
        )
        async with self._single.connect() as connection:
            row = (await connection.execute(statement)).mappings().first()
        if row is None:
            return None
        stored = dict(row)
        fresh, usable = stored.pop("fresh"), stored.pop("usable")
        return KnownDocument(client=to_client(stored), fresh=fresh, usable=usable)

    async def put(self, client: Client, *, fresh_for: timedelta) -> None:
        """Keep what was fetched just now; consent is asked again where it matters."""
        row = to_row(client)
        moments = {
            "fetched_at": func.now(),
            "fresh_until": func.now() + fresh_for,
        }
        mine = clients.c.client_id == client.client_id
        async with self._engine.begin() as connection:
            # Two workers may have fetched it: the second one waits here.
            found = await connection.execute(
                SELECT_CLIENT.where(mine).with_for_update(of=clients)
            )
            before = found.mappings().first()
            await connection.execute(
                upsert(clients)
                .values(row)
                .on_conflict_do_update(index_elements=["client_id"], set_=row)
            )
            await connection.execute(
                upsert(client_documents)
                .values(client_id=client.client_id, **moments)
                .on_conflict_do_update(index_elements=["client_id"], set_=moments)
            )
            if before is not None and agreed(to_client(before)) != agreed(client):
                await connection.execute(ask_again(client.client_id))
