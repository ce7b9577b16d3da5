"""Whole accounts: what goes with them, and their end."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, delete, func, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from auth_service.ports import OwnedApp
from auth_service.storage.postgres.consents import in_force
from auth_service.storage.postgres.engine import at_edge, single
from auth_service.storage.postgres.logout_deliveries import put_down_all
from auth_service.storage.postgres.people import is_not_the_last
from auth_service.storage.postgres.tables import (
    app_transfers,
    audit_log,
    clients,
    consents,
    grants,
    users,
)


@at_edge
class PostgresAccounts:
    """The port `Accounts`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._single = single(engine)

    async def apps_of(self, subject: str) -> Sequence[OwnedApp]:
        """The apps that go with this account, by name."""
        async with self._single.connect() as connection:
            rows = (await connection.execute(_apps(subject))).mappings().all()
        return [OwnedApp(**row) for row in rows]

    async def delete(self, subject: str) -> bool:
        """
        Delete a person and all that is theirs, and put down which apps to tell.

        Whoever is about to allow one of the apps waits for the lock, and then finds
        that it is gone; a code that is exchanged meanwhile finds nobody to belong to.
        """
        mine = clients.c.owner == subject
        async with self._engine.begin() as connection:
            if not await is_not_the_last(connection, subject):
                return False
            await connection.execute(
                select(clients.c.client_id).where(mine).with_for_update()
            )
            apps = (await connection.execute(_apps(subject))).mappings().all()
            if any(app["people"] for app in apps):
                return False
            # While the grants still say which apps took part.
            await connection.execute(put_down_all(subject))
            await _forget_names(connection, subject)
            await connection.execute(delete(users).where(users.c.subject == subject))
        return True


def _apps(subject: str) -> Select[Any]:
    """Used by whoever has allowed it, or has tokens of it (RFC 7523 needs no yes)."""
    used = union(
        select(consents.c.client_id, consents.c.subject).where(in_force),
        select(grants.c.client_id, grants.c.subject),
    ).subquery()
    theirs = and_(used.c.client_id == clients.c.client_id, used.c.subject != subject)
    return (
        select(
            clients.c.client_id,
            clients.c.client_name,
            func.count(used.c.subject).label("people"),
        )
        .outerjoin(used, theirs)
        .where(clients.c.owner == subject)
        .group_by(clients.c.client_id)
        .order_by(func.lower(clients.c.client_name), clients.c.client_id)
    )


async def _forget_names(connection: AsyncConnection, subject: str) -> None:
    """What is not tied to the row: the log's details, and apps offered to the name."""
    await connection.execute(
        update(audit_log)
        .where(audit_log.c.subject == subject)
        .values(ip=None, request_id=None, detail={})
    )
    names = select(users.c.username_canonical, users.c.email_canonical).where(
        users.c.subject == subject
    )
    named = names.subquery()
    t = app_transfers.c
    # Whoever is called so next was not meant.
    await connection.execute(
        delete(app_transfers).where(
            or_(
                t.recipient_canonical.in_(select(named.c.username_canonical)),
                t.recipient_canonical.in_(select(named.c.email_canonical)),
            )
        )
    )
