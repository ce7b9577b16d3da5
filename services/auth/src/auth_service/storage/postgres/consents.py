"""What people have allowed apps."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ARRAY, Text, bindparam, case, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from auth_service.ports import Consent, Granted
from auth_service.storage.edge import bounded
from auth_service.storage.postgres.clients import SELECT_CLIENT, to_client
from auth_service.storage.postgres.engine import Engine, at_edge, single
from auth_service.storage.postgres.prepared import Prepared
from auth_service.storage.postgres.tables import clients, consents, users
from auth_service.storage.together import Together

#: What is allowed, and was not taken back since.
in_force = consents.c.revoked_at.is_(None) | (
    consents.c.revoked_at < consents.c.granted_at
)
_ASKED = (
    func.unnest(
        bindparam("subjects", type_=ARRAY(Text)),
        bindparam("client_ids", type_=ARRAY(Text)),
    )
    .table_valued("subject", "client_id")
    .render_derived("asked")
)
_GRANTED = Prepared(
    select(
        _ASKED.c.subject,
        _ASKED.c.client_id,
        select(func.jsonb_object_agg(consents.c.resource, consents.c.scopes))
        .where(
            consents.c.subject == _ASKED.c.subject,
            consents.c.client_id == _ASKED.c.client_id,
            in_force,
        )
        .scalar_subquery()
        .label("allowed"),
        func.clock_timestamp().label("moment"),
    )
    .join(users, users.c.subject == _ASKED.c.subject)
    .where(users.c.disabled_at.is_(None))
)


@at_edge
class PostgresConsents:
    """The port `Consents`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._single = single(engine)
        self._granted = Together(self._find_granted)

    @bounded
    async def granted(
        self, subject: str, client_id: str, resources: Sequence[str]
    ) -> Granted | None:
        """What this person has allowed this app there; None if gone or disabled."""
        found = await self._granted.find((subject, client_id))
        if found is None:
            return None
        allowed, moment = found
        there = (allowed.get(resource, ()) for resource in resources or [""])
        return Granted(frozenset().union(*there), moment)

    async def _find_granted(
        self, pairs: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], tuple[Mapping[str, Sequence[str]], datetime]]:
        """By person and app: the scopes at each resource, and when that was so."""
        rows = await _GRANTED.run(
            self._engine.lanes,
            subjects=[subject for subject, _ in pairs],
            client_ids=[client_id for _, client_id in pairs],
        )
        return {
            (row["subject"], row["client_id"]): (row["allowed"] or {}, row["moment"])
            for row in rows
        }

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
        async with self._single.connect() as connection:
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
