"""The port `Resources` on PostgreSQL."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.protocol.scopes import Resource, Scope
from auth_service.storage.postgres.clients import PostgresClients
from auth_service.storage.postgres.engine import connect
from auth_service.storage.postgres.migrate import migrate
from auth_service.storage.postgres.resources import PostgresResources
from tests.contract.stores.values import stored_client
from valetkey.errors import TemporarilyUnavailable


def new_resource(client_id: str | None = None, **changes: str) -> Resource:
    identifier = f"https://{uuid4().hex}.example"
    scopes = (
        Scope(name="z:first", description="As people read them", sensitive=True),
        Scope(name="a:second", description="Not by the alphabet"),
    )
    fields = {"identifier": identifier, "name": "An API", **changes}
    return Resource(scopes=scopes, client_id=client_id, **fields)


async def test_every_field_comes_back_in_its_order(engine: AsyncEngine) -> None:
    client = await stored_client(engine)
    resource = new_resource(client.client_id)

    await PostgresResources(engine).put(resource)
    catalogue = await PostgresResources(engine).catalogue()

    assert catalogue.find(resource.identifier) == resource


async def test_what_is_put_again_replaces(engine: AsyncEngine) -> None:
    resources, before = PostgresResources(engine), new_resource()
    after = new_resource(identifier=before.identifier, name="Another name")
    await resources.put(before)
    await resources.catalogue()

    await resources.put(after)

    assert (await resources.catalogue()).find(before.identifier) == after


async def test_another_server_learns_of_it_within_seconds(engine: AsyncEngine) -> None:
    """The catalogue is asked for at every request; it changes once a month."""
    here, there, resource = (
        PostgresResources(engine),
        PostgresResources(engine),
        new_resource(),
    )
    before = await here.catalogue()

    await there.put(resource)

    assert await here.catalogue() is before
    here._kept = (here._kept[0] - 5, before)  # five seconds later
    assert (await here.catalogue()).find(resource.identifier) == resource


async def test_an_api_outlives_its_client(engine: AsyncEngine) -> None:
    client = await stored_client(engine)
    resource = new_resource(client.client_id)
    await PostgresResources(engine).put(resource)

    await PostgresClients(engine).delete(client.client_id)

    found = (await PostgresResources(engine).catalogue()).find(resource.identifier)
    assert found is not None
    assert found.client_id is None


async def test_F09_a_database_that_refuses_leaves_what_was_known(
    new_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Discovery and the checks of scopes go on; nothing of them changes by the hour."""
    url = new_database()
    migrate(url)
    engine, resource = connect(url), new_resource()
    monkeypatch.setattr("auth_service.storage.postgres.resources.KEPT", 0)
    resources = PostgresResources(engine)
    await resources.put(resource)
    before = await resources.catalogue()
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE auth.resources RENAME TO gone"))

    assert await resources.catalogue() == before
    with pytest.raises(TemporarilyUnavailable):
        await PostgresResources(engine).catalogue()
    await engine.dispose()
