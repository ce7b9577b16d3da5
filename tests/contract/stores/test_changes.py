"""What is kept of apps, and that a change is heard of at once, whoever made it."""

import asyncio
import dataclasses
import math
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy import text

from auth_service.protocol.client import Client
from auth_service.storage.postgres.changes import Changes, Kept
from auth_service.storage.postgres.clients import PostgresClients
from auth_service.storage.postgres.engine import Engine, connect
from auth_service.storage.postgres.users import PostgresUsers
from tests.contract.stores.values import new_client, stored_client, stored_user

Change = Callable[[Engine, Client], Awaitable[None]]


@pytest.fixture
async def elsewhere(engine: Engine) -> AsyncIterator[Engine]:
    """Another process's connections to the same database."""
    url = engine.url.set(drivername="postgresql")
    other = connect(url.render_as_string(hide_password=False))
    yield other
    await other.dispose()


@pytest.fixture
async def changes(engine: Engine) -> AsyncIterator[Changes]:
    """What a worker hears of; it hears already."""
    changes = Changes(engine)
    listening = asyncio.create_task(changes.listen())
    while not changes.is_heard:
        await asyncio.sleep(0)
    yield changes
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def until(condition: Callable[[], object]) -> None:
    """Until it is so; the test's own deadline ends what never is."""
    while not condition():
        await asyncio.sleep(0)


async def execute(engine: Engine, statement: str, **values: object) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(statement), values)


async def suspend(engine: Engine, client: Client) -> None:
    await execute(
        engine,
        "UPDATE auth.clients SET suspended_at = now() WHERE client_id = :id",
        id=client.client_id,
    )


async def delete(engine: Engine, client: Client) -> None:
    await PostgresClients(engine).delete(client.client_id)


async def end_its_secret(engine: Engine, client: Client) -> None:
    await execute(
        engine,
        "DELETE FROM auth.client_secrets WHERE client_id = :id",
        id=client.client_id,
    )


async def rename_its_owner(engine: Engine, client: Client) -> None:
    users = PostgresUsers(engine)
    owner = await users.find(str(client.owner))
    assert owner is not None
    await users.update(dataclasses.replace(owner, name="Somebody Else"))


@pytest.mark.parametrize(
    "change",
    [suspend, delete, end_its_secret, rename_its_owner],
    ids=lambda c: c.__name__,
)
async def test_what_another_process_changes_is_not_kept(
    change: Change, engine: Engine, elsewhere: Engine, changes: Changes
) -> None:
    owner = await stored_user(engine)
    client = await stored_client(engine, owner=owner.subject)
    clients = PostgresClients(engine, changes)
    await PostgresClients(engine).add_secret(client.client_id, "secret")
    before = await clients.find_registered(client.client_id)
    assert before is not None
    moment = changes.moment

    await change(elsewhere, client)
    await until(lambda: changes.moment != moment)

    assert await clients.find_registered(client.client_id) != before


async def test_an_app_is_read_once(engine: Engine, changes: Changes) -> None:
    client = await stored_client(engine)
    reads = []

    async def read(name: str) -> Client | None:
        reads.append(name)
        return client

    kept = Kept[str, Client](changes, most=10)
    assert [await kept.find("app", read) for _ in range(3)] == [client] * 3
    assert reads == ["app"]


async def test_what_changed_while_it_was_read_is_read_again(
    engine: Engine, elsewhere: Engine, changes: Changes
) -> None:
    client = await stored_client(engine)
    kept = Kept[str, str](changes, most=10)
    moment = changes.moment

    async def read_old(_: str) -> str:
        await suspend(elsewhere, client)
        await until(lambda: changes.moment != moment)
        return "old"

    async def read_new(_: str) -> str:
        return "new"

    await kept.find("app", read_old)
    assert await kept.find("app", read_new) == "new"


async def test_what_others_read_since_is_not_replaced_by_what_was_before(
    engine: Engine, elsewhere: Engine, changes: Changes
) -> None:
    """One began to read before the change and ends after somebody who came later."""
    client = await stored_client(engine)
    kept = Kept[str, str](changes, most=10)
    moment, go_on = changes.moment, asyncio.Event()

    async def read_old(_: str) -> str:
        await go_on.wait()
        return "old"

    async def read_new(_: str) -> str:
        return "new"

    slow = asyncio.create_task(kept.find("app", read_old))
    await asyncio.sleep(0)
    await suspend(elsewhere, client)
    await until(lambda: changes.moment != moment)
    await kept.find("another", read_new)
    go_on.set()
    assert await slow == "old"
    assert await kept.find("app", read_new) == "new"


async def test_that_there_is_none_is_not_kept(engine: Engine, changes: Changes) -> None:
    clients = PostgresClients(engine, changes)
    client = new_client()
    assert await clients.find(client.client_id) is None
    await PostgresClients(engine).put(client)
    assert await clients.find(client.client_id) is not None


async def test_no_more_is_kept_than_may_be(changes: Changes) -> None:
    kept = Kept[int, int](changes, most=3)
    reads = []

    async def read(name: int) -> int:
        reads.append(name)
        return name

    for name in [*range(9), 0]:
        await kept.find(name, read)
    assert reads == [*range(9), 0]


async def test_this_process_knows_of_its_own_changes_without_being_told(
    engine: Engine,
) -> None:
    """The next request may come before PostgreSQL has told anybody."""
    changes = Changes(engine)
    changes.heard_at = math.inf  # and still nobody tells it anything
    client = await stored_client(engine)
    clients = PostgresClients(engine, changes)
    assert await clients.find(client.client_id) is not None
    await suspend(engine, client)
    assert await clients.find(client.client_id) is None


async def test_whoever_hears_nothing_keeps_nothing(
    engine: Engine, elsewhere: Engine
) -> None:
    """Its connection was lost, or a pooler gave it away."""
    deaf = Changes(engine)
    client = await stored_client(engine)
    clients = PostgresClients(engine, deaf)
    assert not deaf.is_heard
    assert await clients.find(client.client_id) is not None
    await suspend(elsewhere, client)
    assert await clients.find(client.client_id) is None


async def test_a_listener_whose_connection_ends_listens_again(
    engine: Engine, elsewhere: Engine, changes: Changes
) -> None:
    """And forgets everything: it may have missed something."""
    moment = changes.moment
    await execute(
        elsewhere,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND query LIKE '%pg_listening_channels%' "
        "AND pid <> pg_backend_pid()",
    )
    await until(lambda: not changes.is_heard)
    await until(lambda: changes.is_heard)
    assert changes.moment != moment


async def test_that_a_secret_was_used_is_no_change(
    engine: Engine, elsewhere: Engine, changes: Changes
) -> None:
    client = await stored_client(engine)
    await PostgresClients(engine).add_secret(client.client_id, "secret")
    other = await stored_client(engine)
    async with elsewhere.connect() as connection:
        heard = await connection.get_raw_connection()
        driver = heard.driver_connection
        assert driver is not None
        await driver.set_autocommit(True)
        await driver.execute("LISTEN valetkey_auth_clients")
        await execute(
            engine,
            "UPDATE auth.client_secrets SET last_used_at = now() WHERE client_id = :id",
            id=client.client_id,
        )
        await suspend(engine, other)
        told = [each async for each in driver.notifies(timeout=5, stop_after=1)]
        more = [each async for each in driver.notifies(timeout=0)]
    assert len(told + more) == 1


async def test_before_the_tables_are_brought_up_to_date_nothing_is_kept(
    new_database: Callable[..., str],
) -> None:
    """Nobody would tell."""
    engine = connect(new_database())
    changes = Changes(engine)
    listening = asyncio.create_task(changes.listen())
    async with engine.connect() as connection:
        listeners = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND query LIKE '%tell_of_clients%' AND pid <> pg_backend_pid()"
        )
        while not (await connection.execute(listeners)).scalar():
            await connection.rollback()
    assert not changes.is_heard
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await engine.dispose()
