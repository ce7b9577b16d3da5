"""The port `LogoutDeliveries` on PostgreSQL: nothing is lost, nothing doubled."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.protocol.logout_token import Delivery
from auth_service.storage.postgres.clients import PostgresClients
from auth_service.storage.postgres.grants import PostgresGrants
from auth_service.storage.postgres.logout_deliveries import PostgresLogoutDeliveries
from auth_service.storage.postgres.tables import logout_deliveries as table
from tests.contract.stores.racing import race
from tests.contract.stores.values import new_client, new_grant, stored_user

HOUR = timedelta(hours=1)


@pytest.fixture
def deliveries(engine: AsyncEngine) -> PostgresLogoutDeliveries:
    return PostgresLogoutDeliveries(engine)


async def ended(engine: AsyncEngine, sid: str, *, grants: int = 1) -> str:
    """The client_id of an app that a session, which ended just now, had grants for."""
    user = await stored_user(engine)
    client = replace(new_client(), backchannel_logout_uri="https://app.example/logout")
    await PostgresClients(engine).put(client)
    store = PostgresGrants(engine)
    for _ in range(grants):
        assert await store.put(
            replace(new_grant(user, client), sid=sid),
            code=None,
            authorized_at=None,
            refresh_token=None,
            absolute=HOUR,
            idle=HOUR,
        )
    await store.revoke_session(sid)
    return client.client_id


async def of(
    deliveries: PostgresLogoutDeliveries, client_id: str
) -> Sequence[Delivery]:
    """What is due of one app; others' stays due."""
    due = await deliveries.claim_due(1000)
    return [each for each in due if each.client_id == client_id]


async def test_each_app_of_a_session_is_told_once(
    engine: AsyncEngine, deliveries: PostgresLogoutDeliveries
) -> None:
    """However many families it had, and however often the session is ended."""
    client_id = await ended(engine, "s-1", grants=3)
    await PostgresGrants(engine).revoke_session("s-1")

    (delivery,) = await of(deliveries, client_id)

    assert (delivery.sid, delivery.attempts) == ("s-1", 0)
    assert not await of(deliveries, client_id)


async def test_an_app_without_an_address_is_not_told(
    engine: AsyncEngine, deliveries: PostgresLogoutDeliveries
) -> None:
    user, client = await stored_user(engine), new_client()
    await PostgresClients(engine).put(client)
    store = PostgresGrants(engine)
    grant = replace(new_grant(user, client), sid="s-2")
    await store.put(
        grant,
        code=None,
        authorized_at=None,
        refresh_token=None,
        absolute=HOUR,
        idle=HOUR,
    )

    await store.revoke_session("s-2")

    assert not await deliveries.of(client.client_id)


class NaiveDeliveries(PostgresLogoutDeliveries):
    """Reads what is due, then takes it: two workers read the same."""

    async def claim_due(self, most: int) -> Sequence[Delivery]:
        columns = [table.c[name] for name in Delivery.__dataclass_fields__]
        due = table.c.next_attempt_at <= table.c.created_at + HOUR
        async with self._engine.begin() as connection:
            rows = (await connection.execute(select(*columns).where(due))).mappings()
            found = [Delivery(**row) for row in rows]
        async with self._engine.begin() as connection:
            await connection.execute(update(table).values(next_attempt_at=None))
        return found


async def claimed(deliveries: PostgresLogoutDeliveries, client_id: str) -> int:
    """How many of many workers got this app's one delivery."""
    taken = await race(
        deliveries._engine, lambda _: deliveries.claim_due(1000), racers=20
    )
    return sum(each.client_id == client_id for got in taken for each in got)


async def test_F01_of_many_workers_one_gets_a_delivery(engine: AsyncEngine) -> None:
    client_id = await ended(engine, "s-3")
    assert await claimed(PostgresLogoutDeliveries(engine), client_id) == 1


async def test_F01_the_naive_way_gives_it_to_several(engine: AsyncEngine) -> None:
    client_id = await ended(engine, "s-4")
    assert await claimed(NaiveDeliveries(engine), client_id) > 1


async def test_what_did_not_arrive_is_due_again_later(
    engine: AsyncEngine, deliveries: PostgresLogoutDeliveries
) -> None:
    client_id = await ended(engine, "s-5")
    (delivery,) = await of(deliveries, client_id)

    await deliveries.put_off(delivery.id, "503", HOUR)
    assert not await of(deliveries, client_id)
    (report,) = await deliveries.of(client_id)
    assert (report.attempts, report.outcome) == (1, "503")
    assert report.next_attempt_at is not None
    assert HOUR * 0.9 < report.next_attempt_at - report.created_at < HOUR * 1.1

    await deliveries.give_up(delivery.id, "503")
    (report,) = await deliveries.of(client_id)
    assert (report.attempts, report.next_attempt_at) == (2, None)

    await deliveries.try_again("another-app", delivery.id)
    assert not await of(deliveries, client_id)
    await deliveries.try_again(client_id, delivery.id)
    assert [d.attempts for d in await of(deliveries, client_id)] == [0]


async def test_what_arrived_is_never_due_again(
    engine: AsyncEngine, deliveries: PostgresLogoutDeliveries
) -> None:
    client_id = await ended(engine, "s-6")
    (delivery,) = await of(deliveries, client_id)

    await deliveries.delivered(delivery.id, "200")
    await deliveries.try_again(client_id, delivery.id)

    (report,) = await deliveries.of(client_id)
    assert (report.outcome, report.next_attempt_at) == ("200", None)
    assert report.delivered_at is not None
    assert not await of(deliveries, client_id)
