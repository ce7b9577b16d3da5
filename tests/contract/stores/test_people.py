"""People as administrators change them: somebody is always left in charge."""

from uuid import uuid4

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.protocol.user import User
from auth_service.storage.postgres.people import PostgresPeople
from auth_service.storage.postgres.tables import users
from auth_service.storage.postgres.users import PostgresUsers
from tests.contract.stores.racing import race


async def somebody(engine: AsyncEngine, name: str = "Some Body") -> str:
    subject = uuid4().hex
    email = f"{subject}@people.example"
    user = User(subject=subject, username=subject, email=email, name=name)
    await PostgresUsers(engine).add(user, "hash")
    return subject


async def in_charge(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        statement = select(users.c.subject).where(users.c.administrator)
        return set((await connection.execute(statement)).scalars())


@pytest.fixture(autouse=True)
async def _nobody_in_charge(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(update(users).values(administrator=False))


async def test_one_of_many_becomes_the_first(engine: AsyncEngine) -> None:
    people = PostgresPeople(engine)
    subjects = [await somebody(engine) for _ in range(8)]

    won = await race(
        engine, lambda n: people.make_first_administrator(subjects[n]), racers=8
    )

    assert sum(won) == 1
    assert len(await in_charge(engine)) == 1


@pytest.mark.parametrize("how", ["unmake_administrator", "disable"])
async def test_two_who_remove_each_other_leave_one(
    engine: AsyncEngine, how: str
) -> None:
    people = PostgresPeople(engine)
    for _ in range(5):
        async with engine.begin() as connection:
            everybody = update(users)
            await connection.execute(everybody.values(administrator=False))
        pair = [await somebody(engine) for _ in range(2)]
        for subject in pair:
            await people.make_administrator(subject)
        take = getattr(people, how)

        won = await race(
            engine, lambda n, take=take, pair=pair: take(pair[n]), racers=2
        )

        assert sorted(won) == [False, True]
        assert await people.has_administrator()


async def test_whoever_is_disabled_is_not_in_charge(engine: AsyncEngine) -> None:
    people = PostgresPeople(engine)
    first, second = await somebody(engine), await somebody(engine)
    await people.make_administrator(first)
    await people.make_administrator(second)

    assert await people.disable(second)
    assert not await people.unmake_administrator(first)
    await people.enable(second)
    assert await people.unmake_administrator(first)


async def test_names_are_searched_as_they_are_written(engine: AsyncEngine) -> None:
    """What a pattern would mean is a letter like any other."""
    people = PostgresPeople(engine)
    odd = await somebody(engine, name="100%_odd\\ name")
    await somebody(engine, name="100 others")

    async def found(prefix: str) -> list[str]:
        rows = await people.search(prefix, order="username", after=None, most=9)
        return [row.user.subject for row in rows]

    assert await found("100%_ODD\\") == [odd]
    assert await found("100_") == []
    assert await found("%odd") == []
    async with engine.begin() as connection:
        await connection.execute(delete(users).where(users.c.subject == odd))
