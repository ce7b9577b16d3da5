"""Our copies of the logos of apps, and which have to be fetched."""

from datetime import timedelta
from hashlib import sha256

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.ports import DueLogo
from auth_service.storage.postgres.engine import at_edge, single
from auth_service.storage.postgres.tables import client_logos, clients

#: Whoever takes one has so long for it; afterwards it is anybody's again.
_TAKEN = timedelta(minutes=1)


@at_edge
class PostgresLogos:
    """The port `Logos`; the registrations themselves are the queue."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._single = single(engine)

    async def take(self) -> DueLogo | None:
        """The next logo to fetch; nobody else gets it meanwhile."""
        c, kept = clients.c, client_logos.c
        logo_uri = c.metadata["logo_uri"].astext
        statement = (
            select(c.client_id, logo_uri.label("logo_uri"))
            .outerjoin(client_logos, kept.client_id == c.client_id)
            .where(
                logo_uri.is_not(None),
                c.suspended_at.is_(None),
                or_(
                    kept.client_id.is_(None),
                    kept.logo_uri != logo_uri,
                    kept.next_attempt_at < func.now(),
                ),
            )
            # Whoever registers apps by the thousand stands behind the others.
            .order_by(c.metadata.has_key("self_registered"), kept.next_attempt_at)
            .limit(1)
            .with_for_update(of=clients, key_share=True, skip_locked=True)
        )
        async with self._engine.begin() as connection:
            row = (await connection.execute(statement)).mappings().first()
            if row is None:
                return None
            insert = upsert(client_logos).values(
                **row, next_attempt_at=func.now() + _TAKEN
            )
            another = kept.logo_uri != insert.excluded.logo_uri
            changes = {
                "logo_uri": insert.excluded.logo_uri,
                "next_attempt_at": insert.excluded.next_attempt_at,
                # What stood at another address is not the app's logo any more.
                "logo_id": case((another, None), else_=kept.logo_id),
                "logo": case((another, None), else_=kept.logo),
            }
            await connection.execute(
                insert.on_conflict_do_update(index_elements=["client_id"], set_=changes)
            )
        return DueLogo(**row)

    async def put(self, due: DueLogo, logo: bytes | None, *, again: timedelta) -> None:
        """Keep a logo, or what there is; and when to look again."""
        kept = client_logos.c
        values: dict[str, object] = {"next_attempt_at": func.now() + again}
        if logo is not None:
            # The name is of the content, so that a URL never shows another picture.
            values |= {"logo_id": sha256(logo).hexdigest(), "logo": logo}
        statement = (
            update(client_logos)
            .where(kept.client_id == due.client_id, kept.logo_uri == due.logo_uri)
            .values(values)
        )
        async with self._engine.begin() as connection:
            await connection.execute(statement)

    async def find(self, logo_id: str) -> bytes | None:
        """A logo by the name in its URL."""
        statement = (
            select(client_logos.c.logo)
            .where(client_logos.c.logo_id == logo_id)
            .limit(1)
        )
        async with self._single.connect() as connection:
            found: bytes | None = (await connection.execute(statement)).scalar()
        return found
