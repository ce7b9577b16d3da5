"""The port `Consents` on PostgreSQL."""

from collections.abc import Mapping

import pytest
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.storage.postgres.consents import PostgresConsents
from auth_service.storage.postgres.tables import consents as table
from tests.contract.stores.racing import race
from tests.contract.stores.values import stored_client, stored_user

API = "https://api.example"


@pytest.fixture
def consents(engine: AsyncEngine) -> PostgresConsents:
    return PostgresConsents(engine)


@pytest.fixture
async def subject(engine: AsyncEngine) -> str:
    return (await stored_user(engine)).subject


@pytest.fixture
async def client_id(engine: AsyncEngine) -> str:
    return (await stored_client(engine)).client_id


async def test_who_was_not_asked_has_allowed_nothing(
    consents: PostgresConsents, subject: str, client_id: str
) -> None:
    """The moment is there nevertheless: it is when a code may be issued."""
    first = await consents.granted(subject, client_id, [API])
    second = await consents.granted(subject, client_id, [API])

    assert first.scopes == second.scopes == frozenset()
    assert first.at < second.at


async def test_one_yes_adds_to_another(
    consents: PostgresConsents, subject: str, client_id: str
) -> None:
    await consents.put(subject, client_id, {API: frozenset({"openid", "a"})})
    await consents.put(subject, client_id, {API: frozenset({"openid", "b"})})

    granted = await consents.granted(subject, client_id, [API])
    assert granted.scopes == {"openid", "a", "b"}


async def test_it_holds_for_one_app_at_one_resource(
    consents: PostgresConsents, subject: str, client_id: str, engine: AsyncEngine
) -> None:
    other = (await stored_client(engine)).client_id

    await consents.put(subject, client_id, {API: frozenset({"a"})})

    for app, resources in ((other, [API]), (client_id, []), (client_id, [f"{API}/"])):
        assert not (await consents.granted(subject, app, resources)).scopes


async def test_one_yes_can_be_for_several_resources(
    consents: PostgresConsents, subject: str, client_id: str
) -> None:
    """What is asked for at both is what was allowed at either (RFC 8707 section 2)."""
    other = "https://other.example"
    await consents.put(
        subject, client_id, {API: frozenset({"a"}), other: frozenset({"b"})}
    )

    both = await consents.granted(subject, client_id, [API, other])
    assert both.scopes == {"a", "b"}
    assert (await consents.granted(subject, client_id, [other])).scopes == {"b"}


async def test_what_was_taken_back_does_not_return_with_a_smaller_yes(
    consents: PostgresConsents, subject: str, client_id: str
) -> None:
    await consents.put(subject, client_id, {API: frozenset({"a", "b"})})
    await consents.put(subject, client_id, {None: frozenset({"openid"})})

    await consents.revoke(subject, client_id)
    revoked = [await consents.granted(subject, client_id, r) for r in ([API], [])]
    await consents.put(subject, client_id, {API: frozenset({"a"})})

    assert [granted.scopes for granted in revoked] == [frozenset(), frozenset()]
    assert (await consents.granted(subject, client_id, [API])).scopes == {"a"}
    assert not (await consents.granted(subject, client_id, [])).scopes


async def test_a_person_sees_what_they_allowed(
    consents: PostgresConsents, subject: str, client_id: str, engine: AsyncEngine
) -> None:
    taken_back = (await stored_client(engine)).client_id
    for app in (client_id, taken_back):
        await consents.put(subject, app, {API: frozenset({"a"})})
    await consents.revoke(subject, taken_back)

    (consent,) = await consents.of(subject)

    assert consent.client.client_id == client_id
    assert consent.scopes == {"a"}
    assert consent.granted_at <= consent.used_at


class NaiveConsents(PostgresConsents):
    """Reads what is there, then writes it with the new: one yes overwrites another."""

    async def put(
        self,
        subject: str,
        client_id: str,
        scopes: Mapping[str | None, frozenset[str]],
    ) -> None:
        ((resource, new),) = scopes.items()
        async with self._engine.begin() as connection:
            before = await connection.execute(
                select(table.c.scopes).where(table.c.subject == subject)
            )
            both = sorted(new | set(before.scalar() or ()))
            key = {"subject": subject, "client_id": client_id, "resource": resource}
            statement = insert(table).values(**key, scopes=both)
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=list(key),
                    set_={"scopes": both, "granted_at": func.now()},
                )
            )


async def allowed(consents: PostgresConsents, subject: str, client_id: str) -> int:
    await race(
        consents._engine,
        lambda n: consents.put(subject, client_id, {API: frozenset({f"s{n}"})}),
        racers=20,
    )
    return len((await consents.granted(subject, client_id, [API])).scopes)


async def test_F38_no_yes_of_many_tabs_is_lost(
    consents: PostgresConsents, subject: str, client_id: str
) -> None:
    assert await allowed(consents, subject, client_id) == 20


async def test_the_naive_store_is_caught(
    engine: AsyncEngine, subject: str, client_id: str
) -> None:
    assert await allowed(NaiveConsents(engine), subject, client_id) < 20


async def test_a_yes_to_an_app_that_is_gone_is_no_yes(
    consents: PostgresConsents, subject: str
) -> None:
    """The page was open when the app, or the account, was deleted."""
    await consents.put(subject, "app-that-is-gone", {None: frozenset({"openid"})})
    assert not await consents.of(subject)
