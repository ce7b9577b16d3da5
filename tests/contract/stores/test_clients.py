"""The port `AppRegister` on PostgreSQL: registered apps and their secrets."""

import asyncio
import dataclasses

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.storage.edge import settle
from auth_service.storage.postgres.clients import MAX_SECRETS, PostgresClients
from auth_service.storage.postgres.consents import PostgresConsents
from auth_service.storage.postgres.engine import connect
from auth_service.storage.postgres.tables import client_secrets
from tests.contract.stores.racing import race
from tests.contract.stores.values import new_client, stored_client, stored_user
from valetkey.opaque import fingerprint, new_handle


class NaiveClients(PostgresClients):
    """Counts, then adds: two clicks see one secret."""

    async def add_secret(self, client_id: str, client_secret: str) -> bool:
        mine = select(func.count()).where(client_secrets.c.client_id == client_id)
        async with self._engine.begin() as connection:
            if (await connection.execute(mine)).scalar_one() >= MAX_SECRETS:
                return False
            row = {
                "id": client_secret,
                "client_id": client_id,
                "hint": "",
                "fingerprint": "",
            }
            await connection.execute(insert(client_secrets).values(row))
        return True


@pytest.fixture
def clients(engine: AsyncEngine) -> PostgresClients:
    return PostgresClients(engine)


async def test_every_field_comes_back(
    clients: PostgresClients, engine: AsyncEngine
) -> None:
    """And the name of the person who registered it, for the consent page."""
    owner = await stored_user(engine)
    client = new_client(owner=owner.subject, first_party=True)

    await clients.put(client)
    found = await clients.find(client.client_id)

    assert found is not None
    assert found.created_at is not None
    assert found.publisher == owner.name
    assert dataclasses.replace(found, created_at=None, publisher=None) == client


async def test_an_unknown_app_is_nothing(clients: PostgresClients) -> None:
    assert await clients.find("nobody") is None
    assert await clients.find("' OR true --") is None
    assert await clients.secrets("nobody") == []


async def test_new_metadata_leaves_the_secrets(clients: PostgresClients) -> None:
    client = new_client()
    await clients.put(client)
    await clients.add_secret(client.client_id, "the-secret")

    await clients.put(dataclasses.replace(client, client_name="Another name"))
    found = await clients.find(client.client_id)

    assert found is not None
    assert found.client_name == "Another name"
    assert found.secret_fingerprints == (fingerprint("the-secret"),)


async def test_the_secret_itself_is_not_kept(
    clients: PostgresClients, engine: AsyncEngine
) -> None:
    client, secret = await stored_client(engine), new_handle()

    await clients.add_secret(client.client_id, secret)

    (kept,) = await clients.secrets(client.client_id)
    assert kept.hint == secret[:6]
    async with engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT client_secrets::text FROM auth.client_secrets")
        )
        assert not any(secret in row for row in rows.scalars())


async def test_a_secret_is_ended_at_once_the_other_stays(
    clients: PostgresClients, engine: AsyncEngine
) -> None:
    client = await stored_client(engine)
    await clients.add_secret(client.client_id, "old")
    await clients.add_secret(client.client_id, "new")
    old, new = await clients.secrets(client.client_id)

    await clients.delete_secret(client.client_id, old.id)

    found = await clients.find(client.client_id)
    assert found is not None
    assert found.secret_fingerprints == (fingerprint("new"),)
    assert await clients.secrets(client.client_id) == [new]


async def test_another_apps_secret_cannot_be_ended(
    clients: PostgresClients, engine: AsyncEngine
) -> None:
    mine, theirs = await stored_client(engine), await stored_client(engine)
    await clients.add_secret(theirs.client_id, "theirs")
    (secret,) = await clients.secrets(theirs.client_id)

    await clients.delete_secret(mine.client_id, secret.id)

    assert await clients.secrets(theirs.client_id) == [secret]


async def added(clients: PostgresClients, engine: AsyncEngine) -> int:
    client = await stored_client(engine)
    return sum(
        await race(
            engine,
            lambda _: clients.add_secret(client.client_id, new_handle()),
            racers=20,
        )
    )


async def test_of_many_clicks_two_add_a_secret(
    clients: PostgresClients, engine: AsyncEngine
) -> None:
    for _ in range(5):
        assert await added(clients, engine) == MAX_SECRETS


async def test_the_naive_store_is_caught(engine: AsyncEngine) -> None:
    assert await added(NaiveClients(engine), engine) > MAX_SECRETS


async def test_provisioning_leaves_one_secret_and_its_history(
    clients: PostgresClients, engine: AsyncEngine
) -> None:
    """Told the same again, nothing changes."""
    client = await stored_client(engine)
    await clients.add_secret(client.client_id, "of before")

    await clients.replace_secrets(client.client_id, "of the file")
    (first,) = await clients.secrets(client.client_id)
    await clients.replace_secrets(client.client_id, "of the file")

    assert await clients.secrets(client.client_id) == [first]


async def test_a_use_is_noted_of_the_secret_that_was_used(
    clients: PostgresClients, engine: AsyncEngine
) -> None:
    client = await stored_client(engine)
    await clients.add_secret(client.client_id, "used")
    await clients.add_secret(client.client_id, "idle")

    clients.note_use(client.client_id, "used")
    clients.note_use(client.client_id, "used")
    while (await clients.secrets(client.client_id))[0].last_used_at is None:
        await asyncio.sleep(0)

    used, idle = await clients.secrets(client.client_id)
    assert used.last_used_at is not None
    assert idle.last_used_at is None


async def test_a_use_is_written_once_a_minute_by_however_many_processes(
    clients: PostgresClients, engine: AsyncEngine
) -> None:
    client, used = await stored_client(engine), fingerprint("used")
    await clients.add_secret(client.client_id, "used")
    await clients.write_use(client.client_id, used)
    (first,) = await clients.secrets(client.client_id)
    await PostgresClients(engine).write_use(client.client_id, used)
    assert await clients.secrets(client.client_id) == [first]


async def test_nobody_waits_for_a_date_that_cannot_be_written() -> None:
    nowhere = connect("postgresql://nobody@127.0.0.1:9/nothing")
    clients = PostgresClients(nowhere)
    clients.note_use("app", "secret")
    await settle()
    await nowhere.dispose()


async def test_a_person_sees_their_own_newest_first(
    clients: PostgresClients, engine: AsyncEngine
) -> None:
    owner, other = await stored_user(engine), await stored_user(engine)
    old = await stored_client(engine, owner=owner.subject)
    new = await stored_client(engine, owner=owner.subject)
    await stored_client(engine, owner=other.subject)

    owned = await clients.owned_by(owner.subject)

    assert [c.client_id for c in owned] == [new.client_id, old.client_id]


async def test_what_is_deleted_takes_all_of_its_own_with_it(
    clients: PostgresClients, engine: AsyncEngine
) -> None:
    user, client = await stored_user(engine), await stored_client(engine)
    consents = PostgresConsents(engine)
    await clients.add_secret(client.client_id, "secret")
    await consents.put(user.subject, client.client_id, {None: frozenset({"openid"})})

    await clients.delete(client.client_id)

    assert await clients.find(client.client_id) is None
    assert await clients.secrets(client.client_id) == []
    assert await consents.of(user.subject) == []


@pytest.mark.parametrize(
    ("origin", "has"),
    [
        ("https://spa.example", True),
        ("https://spa.example:8443", False),
        ("http://spa.example", False),
        ("https://spa.exampl", False),
        ("https://%", False),
        ("null", False),
    ],
)
async def test_only_a_public_apps_own_origin_is_one(
    clients: PostgresClients, engine: AsyncEngine, origin: str, has: bool
) -> None:
    """Compared as text: nothing that the caller sends is a pattern."""
    spa = await stored_client(
        engine,
        token_endpoint_auth_method="none",
        redirect_uris=("https://spa.example/cb",),
    )
    server = await stored_client(engine, redirect_uris=("https://spa.example/cb",))

    assert await clients.has_origin(origin, None) is has
    assert await clients.has_origin(origin, spa.client_id) is has
    assert not await clients.has_origin(origin, server.client_id)
