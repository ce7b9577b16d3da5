"""Registered APIs and their scopes, read once in a few seconds."""

import time
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.protocol.authorization_details import DetailType
from auth_service.protocol.scopes import Catalogue, Resource, Scope
from auth_service.storage.edge import bounded
from auth_service.storage.postgres.engine import at_edge, single
from auth_service.storage.postgres.tables import resources
from valetkey.errors import TemporarilyUnavailable

#: Seconds for which the catalogue is kept: it changes when an operator changes it.
KEPT = 5.0


@at_edge
class PostgresResources:
    """The port `Resources`."""

    def __init__(self, engine: AsyncEngine, *, own: tuple[Resource, ...] = ()) -> None:
        """`own` are this server's, which are there without being registered."""
        self._engine = engine
        self._own = own
        self._single = single(engine)
        self._kept: tuple[float, Catalogue] | None = None

    @bounded
    async def catalogue(self) -> Catalogue:
        """All of them."""
        now = time.monotonic()
        if self._kept is not None and now - self._kept[0] < KEPT:
            return self._kept[1]
        try:
            catalogue = await self.read()
        except TemporarilyUnavailable:
            # What was true a moment ago is better than no discovery document.
            if self._kept is None:
                raise
            catalogue = self._kept[1]
        self._kept = (now, catalogue)
        return catalogue

    async def read(self) -> Catalogue:
        """All of them, as they are now."""
        statement = select(resources).order_by(resources.c.identifier)
        async with self._single.connect() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        own = {resource.identifier for resource in self._own}
        return Catalogue(
            self._own
            + tuple(
                Resource(
                    identifier=row["identifier"],
                    name=row["name"],
                    client_id=row["client_id"],
                    scopes=tuple(Scope(**scope) for scope in row["scopes"]),
                    detail_types=tuple(DetailType(**t) for t in row["detail_types"]),
                )
                for row in rows
                if row["identifier"] not in own
            )
        )

    async def put(self, resource: Resource) -> None:
        """Register an API or replace what is known of it."""
        values = {
            "identifier": resource.identifier,
            "name": resource.name,
            "client_id": resource.client_id,
            "scopes": [asdict(scope) for scope in resource.scopes],
            "detail_types": [asdict(type_) for type_ in resource.detail_types],
        }
        statement = upsert(resources).values(values)
        statement = statement.on_conflict_do_update(
            index_elements=["identifier"], set_=values
        )
        async with self._engine.begin() as connection:
            await connection.execute(statement)
        self._kept = None
