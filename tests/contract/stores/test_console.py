"""The ports of the developer console on the real servers."""

import dataclasses
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.protocol.client import Client
from auth_service.protocol.refusal import Refusal
from auth_service.protocol.trial import Trial
from auth_service.protocol.user import User
from auth_service.storage.postgres.app_transfers import PostgresTransfers
from auth_service.storage.postgres.clients import PostgresClients
from auth_service.storage.postgres.consents import PostgresConsents
from auth_service.storage.redis.refusals import KEPT, RedisRefusals
from auth_service.storage.redis.trials import RedisTrials
from tests.contract.stores.racing import race
from tests.contract.stores.values import new_client, stored_user
from valetkey.opaque import new_handle


@pytest.fixture
def clients(engine: AsyncEngine) -> PostgresClients:
    return PostgresClients(engine)


@pytest.fixture
def transfers(engine: AsyncEngine) -> PostgresTransfers:
    return PostgresTransfers(engine)


async def owned(engine: AsyncEngine) -> tuple[Client, User]:
    """An app as it is found, and its owner."""
    owner = await stored_user(engine)
    client = new_client(owner=owner.subject, live=False, testers=("bob",))
    await PostgresClients(engine).put(client)
    found = await PostgresClients(engine).find(client.client_id)
    assert found is not None
    return found, owner


async def test_an_app_is_changed_by_who_saw_it_as_it_is(
    clients: PostgresClients, engine: AsyncEngine
) -> None:
    seen, _ = await owned(engine)
    live = dataclasses.replace(seen, live=True)
    assert await clients.replace(seen, live)
    assert not await clients.replace(seen, dataclasses.replace(seen, testers=()))
    assert await clients.find(seen.client_id) == live
    assert await clients.replace(live, dataclasses.replace(live, client_uri=None))


async def test_of_many_changes_at_once_one_wins(
    clients: PostgresClients, engine: AsyncEngine
) -> None:
    seen, _ = await owned(engine)
    changed = dataclasses.replace(seen, live=True)
    won = await race(engine, lambda _: clients.replace(seen, changed), racers=10)
    assert sum(won) == 1


async def test_a_deleted_app_does_not_come_back_by_a_change(
    clients: PostgresClients, engine: AsyncEngine
) -> None:
    seen, _ = await owned(engine)
    await clients.delete(seen.client_id)
    assert not await clients.replace(seen, dataclasses.replace(seen, live=True))
    assert await clients.find(seen.client_id) is None


async def test_CN09_people_are_asked_again_where_the_app_answers_elsewhere(
    clients: PostgresClients, engine: AsyncEngine
) -> None:
    seen, person = await owned(engine)
    consents, allowed = PostgresConsents(engine), frozenset({"openid"})
    await consents.put(person.subject, seen.client_id, {None: allowed})
    renamed = dataclasses.replace(seen, client_name="Another name")
    await clients.replace(seen, renamed)
    granted = await consents.granted(person.subject, seen.client_id, ())
    assert granted is not None
    assert granted.scopes == allowed

    moved = dataclasses.replace(renamed, redirect_uris=("https://new.example/",))
    await clients.replace(renamed, moved)

    granted = await consents.granted(person.subject, seen.client_id, ())
    assert granted is not None
    assert granted.scopes == frozenset()


async def test_secrets_end_when_the_app_has_keys(
    clients: PostgresClients, engine: AsyncEngine
) -> None:
    seen, _ = await owned(engine)
    await clients.add_secret(seen.client_id, new_handle())
    seen = await clients.find(seen.client_id) or seen
    keyed = dataclasses.replace(seen, token_endpoint_auth_method="private_key_jwt")
    await clients.replace(seen, keyed)
    assert await clients.secrets(seen.client_id) == []


async def test_an_app_goes_to_whom_it_is_offered_once(
    clients: PostgresClients, transfers: PostgresTransfers, engine: AsyncEngine
) -> None:
    app, giver = await owned(engine)
    taker = await stored_user(engine)
    await transfers.offer(app.client_id, giver.subject, taker.username.upper())
    (offer,) = await transfers.offered_to([taker.username])
    assert (offer.client_id, offer.publisher) == (app.client_id, giver.name)
    assert not await transfers.accept(app.client_id, ["other"], taker.subject)

    won = await race(
        engine,
        lambda _: transfers.accept(app.client_id, [taker.username], taker.subject),
        racers=10,
    )

    assert sum(won) == 1
    found = await clients.find(app.client_id)
    assert found is not None
    assert found.owner == taker.subject
    assert await transfers.of(app.client_id) is None


async def test_an_operators_app_that_nobody_offers_is_not_taken(
    clients: PostgresClients, transfers: PostgresTransfers, engine: AsyncEngine
) -> None:
    taker = await stored_user(engine)
    app = new_client()
    await clients.put(app)
    assert not await transfers.accept(app.client_id, [taker.username], taker.subject)
    found = await clients.find(app.client_id)
    assert found is not None
    assert found.owner is None


async def test_an_offer_that_nobody_answered_is_no_more(
    transfers: PostgresTransfers, engine: AsyncEngine
) -> None:
    app, giver = await owned(engine)
    taker = await stored_user(engine)
    await transfers.offer(app.client_id, giver.subject, taker.username)
    async with engine.begin() as connection:
        late = "UPDATE auth.app_transfers SET created_at = now() - interval '15 days'"
        await connection.execute(text(late))
    assert await transfers.offered_to([taker.username]) == []
    assert not await transfers.accept(app.client_id, [taker.username], taker.subject)


async def test_nobody_gives_away_what_is_anothers_by_now(
    clients: PostgresClients, transfers: PostgresTransfers, engine: AsyncEngine
) -> None:
    app, giver = await owned(engine)
    taker, new_owner = await stored_user(engine), await stored_user(engine)
    await transfers.offer(app.client_id, giver.subject, taker.username)
    await clients.put(dataclasses.replace(app, owner=new_owner.subject))
    assert await transfers.offered_to([taker.username]) == []
    assert not await transfers.accept(app.client_id, [taker.username], taker.subject)


def refusal(**changes: object) -> Refusal:
    fields = {
        "at": datetime(2026, 11, 21, tzinfo=UTC),
        "endpoint": "/oauth/token",
        "error": "invalid_client",
        "description": "",
        "detail": "client_secret is wrong",
        "ip": "192.0.2.1",
        "came": {"grant_type": "authorization_code"},
        "names": ("code",),
        "method": "client_secret_basic",
    }
    return Refusal(**(fields | changes))


async def test_the_last_refusals_of_an_app_are_kept_and_no_others(
    redis: Redis,
) -> None:
    store, app = RedisRefusals(redis), new_handle()
    for number in range(KEPT + 5):
        await store.add(app, refusal(detail=str(number)))
    kept = await store.of(app)
    assert len(kept) == KEPT
    assert kept[0] == refusal(detail=str(KEPT + 4))
    assert await store.of(new_handle()) == []


async def test_a_test_login_comes_back_once(redis: Redis) -> None:
    store, state = RedisTrials(redis), new_handle()
    trial = Trial(
        client_id="app_1",
        browser="b",
        redirect_uri="https://id.example/cb",
        verifier="v",
        nonce="n",
        request={"scope": "openid"},
    )
    await store.put(state, trial)
    assert await store.take(state) == trial
    assert await store.take(state) is None
