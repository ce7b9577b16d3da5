"""The port `PeopleRegister` on PostgreSQL."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.ports import NameTaken
from auth_service.protocol.user import User, canonical
from auth_service.storage.postgres.tables import users as table
from auth_service.storage.postgres.users import PostgresUsers
from tests.contract.stores.racing import race
from tests.contract.stores.values import new_user, stored_user


@pytest.fixture
def users(engine: AsyncEngine) -> PostgresUsers:
    return PostgresUsers(engine)


async def test_every_field_comes_back(users: PostgresUsers) -> None:
    user = new_user()

    await users.add(user, "a hash")
    found = await users.find(user.subject)

    assert found is not None
    assert found.updated_at is not None
    assert replace(found, updated_at=None) == user
    assert await users.find("nobody") is None


@pytest.mark.parametrize(
    "spelling",
    [
        lambda user: user.username,
        lambda user: user.username.upper(),
        lambda user: f"  {user.username}\u200d",
        lambda user: "".join(chr(ord(c) + 0xFEE0) for c in user.username),
        lambda user: user.email,
        lambda user: user.email.title(),
    ],
)
async def test_a_person_is_found_by_any_spelling_of_their_names(
    users: PostgresUsers, spelling: Any
) -> None:
    user = new_user()
    await users.add(user, "a hash")

    found = await users.find_by_identifier(spelling(user))

    assert found is not None
    assert (found[0].subject, found[1]) == (user.subject, "a hash")


async def test_nobody_is_found_by_a_name_that_is_not_theirs(
    users: PostgresUsers, engine: AsyncEngine
) -> None:
    user = await stored_user(engine)

    for name in ("", "%", user.username[:-1], f"{user.username}' OR '1'='1"):
        assert await users.find_by_identifier(name) is None


@pytest.mark.parametrize(
    ("field", "spelling"),
    [
        ("username", str.upper),
        ("email", str.title),
        ("emp_user_id", str),
    ],
)
async def test_a_name_that_is_taken_is_named(
    users: PostgresUsers, engine: AsyncEngine, field: str, spelling: Any
) -> None:
    """At registering and at changing; another spelling is the same name."""
    there, other = await stored_user(engine), await stored_user(engine)
    same = {field: spelling(getattr(there, field))}

    with pytest.raises(NameTaken) as taken:
        await users.add(new_user(**same), "a hash")
    with pytest.raises(NameTaken):
        await users.update(replace(other, **same))

    assert taken.value.field == field
    assert await users.find(other.subject) is not None


async def registered(users: PostgresUsers, engine: AsyncEngine) -> int:
    name = new_user().username

    async def register(n: int) -> bool:
        spelled = name.upper() if n % 2 else name
        try:
            await users.add(new_user(username=spelled), "a hash")
        except NameTaken:
            return False
        return True

    return sum(await race(engine, register, racers=20))


async def test_F01_of_many_who_want_a_name_one_gets_it(
    users: PostgresUsers, engine: AsyncEngine
) -> None:
    for _ in range(5):
        assert await registered(users, engine) == 1


class NaiveUsers(PostgresUsers):
    """Looks, then adds, and relies on no index: two callers see a free name."""

    async def add(self, user: User, password_hash: str) -> None:
        name = canonical(user.username)
        like = table.c.username_canonical.like(f"{name}%")
        async with self._engine.begin() as connection:
            if (await connection.execute(select(table.c.subject).where(like))).first():
                raise NameTaken("username")
            values = {
                "subject": user.subject,
                "username": user.username,
                "username_canonical": f"{name}{user.subject}",
                "email": user.email,
                "email_canonical": user.email,
                "password_hash": password_hash,
                "name": user.name,
            }
            await connection.execute(insert(table).values(values))


async def test_the_naive_store_is_caught(engine: AsyncEngine) -> None:
    assert await registered(NaiveUsers(engine), engine) > 1


async def test_a_profile_is_replaced_and_dated(
    users: PostgresUsers, engine: AsyncEngine
) -> None:
    user = await stored_user(engine)
    before = await users.find(user.subject)
    changed = replace(user, name="Ada King", phone_number=None, birthdate=None)

    await users.update(changed)
    after = await users.find(user.subject)

    assert before is not None
    assert after is not None
    assert replace(after, updated_at=None) == changed
    assert after.updated_at > before.updated_at


async def test_a_new_password_replaces_the_old(
    users: PostgresUsers, engine: AsyncEngine
) -> None:
    user = await stored_user(engine)

    await users.set_password(user.subject, "another hash")
    changed = await users.find_by_identifier(user.username)
    await users.rehash(user.subject, "the same under newer parameters")
    rehashed = await users.find_by_identifier(user.username)

    assert changed is not None
    assert changed[1] == "another hash"
    assert rehashed is not None
    assert rehashed[1] == "the same under newer parameters"


async def test_a_picture_is_found_by_its_name_and_forgotten(
    users: PostgresUsers, engine: AsyncEngine
) -> None:
    """Another picture has another name, so a cache never shows the old one."""
    user = await stored_user(engine)

    await users.put_picture(user.subject, b"one")
    one = await picture_id(users, user.subject)
    await users.put_picture(user.subject, b"two")
    two = await picture_id(users, user.subject)

    assert await users.find_picture(one) is None
    assert await users.find_picture(two) == b"two"
    await users.delete_picture(user.subject)
    assert await users.find_picture(two) is None
    assert (await users.find(user.subject)).picture is None


async def picture_id(users: PostgresUsers, subject: str) -> str:
    user = await users.find(subject)
    assert user is not None
    assert user.picture is not None
    return user.picture.removeprefix("/pictures/").removesuffix(".webp")


async def test_what_breaks_another_rule_is_not_called_a_taken_name(
    users: PostgresUsers, engine: AsyncEngine
) -> None:
    """The same subject twice is our own mistake, not the person's."""
    user = await stored_user(engine)

    with pytest.raises(Exception) as raised:  # noqa: PT011  (whatever the edge makes of it)
        await users.add(new_user(subject=user.subject), "a hash")

    assert not isinstance(raised.value, NameTaken)
    assert isinstance(raised.value.__cause__, IntegrityError)


async def test_taken_names_are_told_by_their_canonical_form_and_addresses_never(
    users: PostgresUsers,
) -> None:
    known = new_user()
    await users.add(known, "a hash")
    other = new_user()
    cases: tuple[tuple[dict[str, Any], set[str]], ...] = (
        ({}, set()),
        ({"emp_user_id": None}, set()),
        ({"email": known.email}, set()),
        ({"username": known.username.upper()}, {"username"}),
        ({"emp_user_id": known.emp_user_id}, {"emp_user_id"}),
        (
            {"username": known.username, "emp_user_id": known.emp_user_id},
            {"username", "emp_user_id"},
        ),
    )
    for changes, expected in cases:
        assert await users.taken(replace(other, **changes)) == expected


async def test_AU19_an_address_is_confirmed_only_in_place_of_the_one_it_was_to_replace(
    users: PostgresUsers,
) -> None:
    known, other = new_user(), new_user()
    await users.add(known, "a hash")
    await users.add(other, "a hash")
    new = f"new-{known.email}"

    assert not await users.confirm_email(known.subject, new, before="old@x.example")
    assert not await users.confirm_email("nobody", new, before=known.email)
    with pytest.raises(NameTaken):
        await users.confirm_email(known.subject, other.email, before=known.email)
    same = await users.find(known.subject)
    assert same is not None
    assert replace(same, updated_at=None) == known

    assert await users.confirm_email(known.subject, new, before=known.email.upper())
    changed = await users.find(known.subject)
    assert changed is not None
    assert (changed.email, changed.email_verified) == (new, True)
    assert not await users.confirm_email(known.subject, new, before=known.email)
