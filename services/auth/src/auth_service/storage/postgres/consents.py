"""What people have allowed apps."""

from collections.abc import Mapping, Sequence

from sqlalchemy import case, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.ports import Consent, Granted
from auth_service.storage.postgres.clients import SELECT_CLIENT, to_client
from auth_service.storage.postgres.engine import at_edge, reading
from auth_service.storage.postgres.tables import clients, consents, users

#: What is allowed, and was not taken back since.
in_force = consents.c.revoked_at.is_(None) | (
    consents.c.revoked_at < consents.c.granted_at
)


@at_edge
class PostgresConsents:
    """The port `Consents`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reads = reading(engine)

    async def granted(
        self, subject: str, client_id: str, resources: Sequence[str]
    ) -> Granted | None:
        """What this person has allowed this app there; None if gone or disabled."""
        allowed = (
            select(func.jsonb_agg(consents.c.scopes))
            .where(
                consents.c.subject == subject,
                consents.c.client_id == client_id,
                consents.c.resource.in_(resources or [""]),
                in_force,
            )
            .scalar_subquery()
        )
        statement = select(allowed, func.clock_timestamp()).where(
            exists().where(users.c.subject == subject, users.c.disabled_at.is_(None))
        )
        async with self._reads.connect() as connection:
            row = (await connection.execute(statement)).first()
        return Granted(frozenset().union(*row[0] or ()), row[1]) if row else None

    async def put(
        self,
        subject: str,
        client_id: str,
        scopes: Mapping[str | None, frozenset[str]],
    ) -> None:
        """Remember a yes at each resource, in addition to what was allowed before."""
        key = {"subject": subject, "client_id": client_id}
        insert = upsert(consents).values(
            [
                {**key, "resource": resource or "", "scopes": sorted(allowed)}
                for resource, allowed in sorted(
                    scopes.items(), key=lambda item: item[0] or ""
                )
            ]
        )
        both = text("ARRAY(SELECT DISTINCT unnest(consents.scopes || excluded.scopes))")
        statement = insert.on_conflict_do_update(
            index_elements=["subject", "client_id", "resource"],
            set_={
                # What was taken back is not allowed again by a smaller yes.
                "scopes": case((in_force, both), else_=insert.excluded.scopes),
                "granted_at": func.clock_timestamp(),
                "used_at": func.clock_timestamp(),
            },
        )
        try:
            async with self._engine.begin() as connection:
                await connection.execute(statement)
        except IntegrityError:  # the app or the person is gone: nothing to remember
            return

    async def of(self, subject: str) -> Sequence[Consent]:
        """Every app that this person has allowed something."""
        c = consents.c
        extra = [c.scopes.label("allowed"), c.granted_at, c.used_at]
        statement = (
            SELECT_CLIENT.add_columns(*extra)
            .join(consents, c.client_id == clients.c.client_id)
            .where(c.subject == subject, in_force)
            .order_by(c.used_at.desc())
        )
        async with self._reads.connect() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        found = []
        for row in rows:
            fields = dict(row)
            allowed = frozenset(fields.pop("allowed"))
            granted_at, used_at = fields.pop("granted_at"), fields.pop("used_at")
            found.append(
                Consent(
                    client=to_client(fields),
                    scopes=allowed,
                    granted_at=granted_at,
                    used_at=used_at,
                )
            )
        return found

    async def revoke(self, subject: str, client_id: str) -> None:
        """Take it all back; every grant made before is dead from here on."""
        statement = (
            update(consents)
            .where(consents.c.subject == subject, consents.c.client_id == client_id)
            .values(revoked_at=func.clock_timestamp())
        )
        async with self._engine.begin() as connection:
            await connection.execute(statement)
