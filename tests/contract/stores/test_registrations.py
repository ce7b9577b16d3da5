"""The ports `Registrations` and `ClientDocuments` on PostgreSQL, and what is swept."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.protocol.client import Client
from auth_service.storage.postgres.client_documents import PostgresClientDocuments
from auth_service.storage.postgres.clients import PostgresClients
from auth_service.storage.postgres.consents import PostgresConsents
from auth_service.storage.postgres.registrations import PostgresRegistrations
from auth_service.storage.postgres.sweeper import PostgresSweeper
from auth_service.storage.postgres.tables import (
    client_documents,
    clients,
    consents,
    initial_access_tokens,
    registrations,
)
from tests.contract.stores.racing import race
from tests.contract.stores.values import new_client, stored_user
from valetkey.opaque import fingerprint, new_handle


async def registered(database: AsyncEngine, client: Client | None = None) -> Client:
    client = client or new_client(client_id=f"dyn_{uuid4().hex}", self_registered=True)
    added = await PostgresRegistrations(database).add(
        client,
        client_secret="the secret",
        registration_access_token="the token",
        initial_access_token=None,
    )
    assert added is not None
    return client


async def grow_old(database: AsyncEngine, **by: int) -> None:
    at = func.now() - timedelta(**by)
    async with database.begin() as connection:
        await connection.execute(update(registrations).values(created_at=at))
        await connection.execute(update(client_documents).values(fetched_at=at))


async def test_a_client_is_found_by_its_own_token_only(database: AsyncEngine) -> None:
    store = PostgresRegistrations(database)
    client, other = await registered(database), await registered(database)
    await store.replace(
        other,
        client_secret=None,
        keeps_secrets=True,
        registration_access_token="the token",
        successor="another token",
    )

    found = await store.find(client.client_id, "the token")
    assert found is not None
    assert found.self_registered
    assert await store.find(client.client_id, "another token") is None
    assert await store.find(other.client_id, "the token") is None
    assert not await store.delete(other.client_id, "the token")
    assert await store.delete(other.client_id, "another token")
    assert await PostgresClients(database).find(other.client_id) is None


async def use_up(store: PostgresRegistrations, engine: AsyncEngine) -> int:
    token = new_handle()
    await store.add_token(token, uses=1, lifetime=timedelta(hours=1))

    async def register(_: int) -> bool:
        added = await store.add(
            new_client(),
            client_secret=None,
            registration_access_token=new_handle(),
            initial_access_token=token,
        )
        return added is not None

    return (await race(engine, register)).count(True)


async def test_F01_one_use_of_a_token_registers_one_client(engine: AsyncEngine) -> None:
    assert await use_up(PostgresRegistrations(engine), engine) == 1


async def test_DC17_a_client_that_nobody_ever_used_is_swept_away(
    database: AsyncEngine,
) -> None:
    await registered(database)
    sweeper = PostgresSweeper(database, unused=timedelta(days=2))
    await grow_old(database, hours=47)
    assert await sweeper.sweep() == 0

    await grow_old(database, hours=49)

    assert await sweeper.sweep() == 1
    assert await PostgresRegistrations(database).unused() == 0


async def test_a_client_that_was_used_stays(database: AsyncEngine) -> None:
    """Somebody allowed it something, or it came with its secret."""
    allowed, came, unused = [await registered(database) for _ in range(3)]
    user = await stored_user(database)
    await PostgresConsents(database).put(
        user.subject, allowed.client_id, {None: frozenset({"openid"})}
    )
    used = fingerprint("the secret")
    await PostgresClients(database).write_use(came.client_id, used)
    await PostgresClients(database).put(new_client())
    assert await PostgresRegistrations(database).unused() == 1

    await grow_old(database, days=365)
    await PostgresSweeper(database).sweep()

    find = PostgresClients(database).find
    assert await find(unused.client_id) is None
    assert await find(allowed.client_id) is not None
    assert await find(came.client_id) is not None


async def test_a_token_that_expired_is_swept_away(database: AsyncEngine) -> None:
    store = PostgresRegistrations(database)
    await store.add_token("over", uses=1, lifetime=timedelta(seconds=-1))
    await store.add_token("alive", uses=1, lifetime=timedelta(days=1))

    assert await PostgresSweeper(database).sweep() == 1

    assert await store.admits("alive")
    async with database.connect() as connection:
        statement = select(func.count()).select_from(initial_access_tokens)
        assert (await connection.execute(statement)).scalar() == 1


HOUR = timedelta(hours=1)


async def test_a_document_is_swept_away_where_nobody_allowed_it_anything(
    database: AsyncEngine,
) -> None:
    documents = PostgresClientDocuments(database)
    allowed, unused = (
        new_client(client_id=f"https://rp.example/{name}") for name in ("a", "b")
    )
    for client in (allowed, unused):
        await documents.put(client, fresh_for=HOUR)
    user = await stored_user(database)
    await PostgresConsents(database).put(
        user.subject, allowed.client_id, {None: frozenset({"openid"})}
    )
    await grow_old(database, hours=2)
    assert await PostgresSweeper(database).sweep() == 0

    await grow_old(database, hours=4)
    await PostgresSweeper(database).sweep()

    assert await documents.find(unused.client_id) is None
    assert await documents.find(allowed.client_id) is not None


async def test_a_document_is_fresh_as_long_as_was_said(database: AsyncEngine) -> None:
    documents = PostgresClientDocuments(database)
    client = new_client(client_id="https://rp.example/app")
    assert await documents.find(client.client_id) is None

    await documents.put(client, fresh_for=HOUR)
    found = await documents.find(client.client_id)
    assert found is not None
    assert (found.fresh, found.usable) == (True, True)
    await documents.put(client, fresh_for=-HOUR)
    await grow_old(database, hours=25)

    found = await documents.find(client.client_id)
    assert found is not None
    assert (found.fresh, found.usable) == (False, False)


async def test_CM10_consent_is_forgotten_only_where_it_matters(
    database: AsyncEngine,
) -> None:
    documents = PostgresClientDocuments(database)
    name = "https://rp.example/app"
    user = await stored_user(database)
    await documents.put(new_client(client_id=name), fresh_for=HOUR)
    await PostgresConsents(database).put(
        user.subject, name, {None: frozenset({"openid"})}
    )

    async def allowed() -> list[str]:
        async with database.connect() as connection:
            rows = await connection.execute(select(consents.c.scopes))
        return list(rows.scalar_one())

    await documents.put(
        new_client(client_id=name, client_name="Other", tos_uri=None), fresh_for=HOUR
    )
    assert await allowed() == ["openid"]
    await documents.put(
        new_client(client_id=name, redirect_uris=("https://x.example/",)),
        fresh_for=HOUR,
    )
    assert await allowed() == []


async def test_F01_a_document_that_two_workers_fetched_is_put_twice(
    engine: AsyncEngine,
) -> None:
    documents = PostgresClientDocuments(engine)
    client = new_client(client_id=f"https://rp.example/{uuid4().hex}")

    await race(engine, lambda _: documents.put(client, fresh_for=HOUR))

    async with engine.connect() as connection:
        mine = clients.c.client_id == client.client_id
        statement = select(func.count()).select_from(clients).where(mine)
        assert (await connection.execute(statement)).scalar() == 1
