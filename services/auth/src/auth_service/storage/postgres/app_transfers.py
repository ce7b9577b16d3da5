"""Apps on their way to another owner."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.ports import Transfer
from auth_service.protocol.user import canonical
from auth_service.storage.postgres.clients import ask_again
from auth_service.storage.postgres.engine import at_edge, single
from auth_service.storage.postgres.tables import app_transfers, clients, users

#: Whoever has not answered by then does not want it.
_KEPT = timedelta(days=14)
_open = app_transfers.c.created_at > func.now() - _KEPT


@at_edge
class PostgresTransfers:
    """The port `Transfers`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._single = single(engine)

    async def offer(self, client_id: str, owner: str, recipient: str) -> None:
        """Offer an app of this owner's; an offer before is forgotten."""
        values = {
            "owner": owner,
            "recipient": recipient,
            "recipient_canonical": canonical(recipient),
            "created_at": func.now(),
        }
        statement = (
            upsert(app_transfers)
            .values(client_id=client_id, **values)
            .on_conflict_do_update(index_elements=["client_id"], set_=values)
        )
        async with self._engine.begin() as connection:
            await connection.execute(statement)

    async def withdraw(self, client_id: str) -> bool:
        """Take an offer back, or decline it; False where there is none."""
        mine = app_transfers.c.client_id == client_id
        async with self._engine.begin() as connection:
            done = await connection.execute(delete(app_transfers).where(mine))
        return bool(done.rowcount)

    async def of(self, client_id: str) -> Transfer | None:
        """To whom an app is offered."""
        statement = _offers().where(app_transfers.c.client_id == client_id)
        async with self._single.connect() as connection:
            row = (await connection.execute(statement)).mappings().first()
        return Transfer(**row) if row else None

    async def offered_to(self, names: Sequence[str]) -> Sequence[Transfer]:
        """What is offered to somebody of these names, compared canonically."""
        statement = _offers().where(_to(names))
        statement = statement.order_by(app_transfers.c.created_at.desc())
        async with self._single.connect() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [Transfer(**row) for row in rows]

    async def accept(self, client_id: str, names: Sequence[str], owner: str) -> bool:
        """
        Give an app to whom it is offered; one caller wins.

        People are asked for consent again: they allowed it to somebody else.
        """
        t = app_transfers.c
        spent = (
            delete(app_transfers)
            .where(t.client_id == client_id, _to(names), _open)
            .returning(t.owner)
        )
        async with self._engine.begin() as connection:
            giver = (await connection.execute(spent)).scalar()
            if giver is None:  # else every app without an owner would match
                return False
            given = await connection.execute(
                update(clients)
                .where(clients.c.client_id == client_id, clients.c.owner == giver)
                .values(owner=owner)
            )
            if not given.rowcount:
                return False
            await connection.execute(ask_again(client_id))
        return True


def _to(names: Sequence[str]) -> Any:
    return app_transfers.c.recipient_canonical.in_([canonical(name) for name in names])


def _offers() -> Select[Any]:
    """Of apps that are still their giver's."""
    t = app_transfers.c
    return (
        select(
            t.client_id,
            clients.c.client_name,
            users.c.name.label("publisher"),
            t.recipient,
            t.created_at,
        )
        .join(clients, clients.c.client_id == t.client_id)
        .join(users, users.c.subject == clients.c.owner)
        .where(clients.c.owner == t.owner, _open)
    )
