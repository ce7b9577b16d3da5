"""Apps as administrators see them: searched page by page, vouched for, taken away."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, tuple_, update
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.protocol.client import Client
from auth_service.storage.postgres.clients import (
    SELECT_CLIENT,
    to_client,
    vouched_for,
)
from auth_service.storage.postgres.engine import at_edge, single
from auth_service.storage.postgres.tables import clients


@at_edge
class PostgresAppList:
    """The port `AppList`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._single = single(engine)

    async def search(
        self, prefix: str, *, order: str, after: Sequence[str] | None, most: int
    ) -> Sequence[Client]:
        """Apps whose name or client_id begins so, whoever owns them."""
        c, statement = clients.c, SELECT_CLIENT.limit(most)
        name = func.lower(c.client_name)
        if prefix:
            begins = [
                name.startswith(prefix.lower(), autoescape=True),
                c.client_id.startswith(prefix, autoescape=True),
            ]
            statement = statement.where(or_(*begins))
        if order == "newest":
            statement = statement.order_by(c.created_at.desc(), c.client_id.desc())
            if after is not None:
                last = tuple_(datetime.fromisoformat(after[0]), after[1])
                statement = statement.where(tuple_(c.created_at, c.client_id) < last)
        else:
            statement = statement.order_by(name, c.client_id)
            if after is not None:
                last = tuple_(func.lower(after[0]), after[1])
                statement = statement.where(tuple_(name, c.client_id) > last)
        async with self._single.connect() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [to_client(row) for row in rows]

    async def set_verified(self, app: Client, verified: bool) -> None:
        """Vouch for an app as it is now, or no more; once it changes, that is over."""
        verified_as = vouched_for(app) if verified else None
        await self._set(app.client_id, verified_as=verified_as)

    async def set_suspended(self, client_id: str, suspended: bool) -> None:
        """Take an app out of service, or let it back."""
        await self._set(client_id, suspended_at=func.now() if suspended else None)

    async def set_first_party(self, client_id: str, first_party: bool) -> None:
        """Say whether an app is the operator's own."""
        await self._set(client_id, first_party=first_party)

    async def _set(self, client_id: str, **values: Any) -> None:
        async with self._engine.begin() as connection:
            mine = clients.c.client_id == client_id
            await connection.execute(update(clients).where(mine).values(values))
