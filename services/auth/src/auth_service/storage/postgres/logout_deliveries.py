"""The outbox of logout tokens: what apps have yet to hear, and what they heard."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Update, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.dml import Insert

from auth_service.protocol.logout_token import Delivery, DeliveryReport
from auth_service.storage.postgres.engine import at_edge, single
from auth_service.storage.postgres.tables import (
    clients,
    grants,
    logout_deliveries,
    revocations,
)

#: A worker that died with a delivery in its hands is forgiven after this.
_LEASE = timedelta(seconds=30)
_d = logout_deliveries.c


def put_down(sid: str) -> Insert:
    """
    The statement that puts down whom to tell of a session's end.

    It runs in the transaction that ends the session's grants: what is revoked is
    told, whatever happens to this process in between.
    """
    return _put_down(grants.c.sid == sid)


def put_down_all(subject: str) -> Insert:
    """The same of every session of a person that no app was told of yet."""
    told = exists().where(revocations.c.id == grants.c.sid)
    return _put_down(grants.c.subject == subject, grants.c.sid.is_not(None), ~told)


def _put_down(*which: ColumnElement[bool]) -> Insert:
    involved = (
        select(
            func.gen_random_uuid().cast(_d.id.type),
            grants.c.client_id,
            grants.c.subject,
            grants.c.sid,
            func.now(),
        )
        .join(clients, clients.c.client_id == grants.c.client_id)
        .where(*which)
        .where(clients.c.metadata.has_key("backchannel_logout_uri"))
        .group_by(grants.c.client_id, grants.c.subject, grants.c.sid)
    )
    columns = ["id", "client_id", "subject", "sid", "next_attempt_at"]
    return insert(logout_deliveries).from_select(columns, involved)


@at_edge
class PostgresLogoutDeliveries:
    """The port `LogoutDeliveries`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._single = single(engine)

    async def claim_due(self, most: int) -> Sequence[Delivery]:
        """Take what is due; of two workers, each gets others."""
        due = (
            select(_d.id)
            .where(_d.next_attempt_at <= func.now())
            .order_by(_d.next_attempt_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        statement = (
            update(logout_deliveries)
            .where(_d.id.in_(due))
            .values(next_attempt_at=func.now() + _LEASE)
            .returning(_d.id, _d.client_id, _d.subject, _d.sid, _d.attempts)
        )
        async with self._engine.begin() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [Delivery(**row) for row in rows]

    async def delivered(self, delivery_id: str, outcome: str) -> None:
        """The app has heard."""
        await self._note(
            delivery_id, outcome, next_attempt_at=None, delivered_at=func.now()
        )

    async def put_off(self, delivery_id: str, outcome: str, delay: timedelta) -> None:
        """It did not hear; try again later."""
        await self._note(delivery_id, outcome, next_attempt_at=func.now() + delay)

    async def give_up(self, delivery_id: str, outcome: str) -> None:
        """It did not hear, and will not."""
        await self._note(delivery_id, outcome, next_attempt_at=None)

    async def of(self, client_id: str) -> Sequence[DeliveryReport]:
        """The last hundred of an app, newest first."""
        columns = [_d[name] for name in DeliveryReport.__dataclass_fields__]
        statement = (
            select(*columns)
            .where(_d.client_id == client_id)
            .order_by(_d.created_at.desc())
            .limit(100)
        )
        async with self._single.connect() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [DeliveryReport(**row) for row in rows]

    async def try_again(self, client_id: str, delivery_id: str) -> None:
        """Make one that was given up due now; it has all its attempts anew."""
        statement = (
            update(logout_deliveries)
            .where(_d.id == delivery_id, _d.client_id == client_id)
            .where(_d.delivered_at.is_(None))
            .values(next_attempt_at=func.now(), attempts=0)
        )
        async with self._engine.begin() as connection:
            await connection.execute(statement)

    async def _note(self, delivery_id: str, outcome: str, **values: Any) -> None:
        statement: Update = (
            update(logout_deliveries)
            .where(_d.id == delivery_id)
            .values(attempts=_d.attempts + 1, outcome=outcome, **values)
        )
        async with self._engine.begin() as connection:
            await connection.execute(statement)
