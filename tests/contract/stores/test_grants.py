"""The port `Grants` on PostgreSQL: families, refresh tokens, and what kills them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.protocol.client import Client
from auth_service.protocol.refresh_grant import MAX_GRACE_USES, Grant, Standing
from auth_service.protocol.user import User
from auth_service.storage.postgres import tables
from auth_service.storage.postgres.clients import PostgresClients
from auth_service.storage.postgres.consents import PostgresConsents
from auth_service.storage.postgres.grants import PostgresGrants
from auth_service.storage.postgres.users import PostgresUsers
from tests.contract.stores.racing import race
from tests.contract.stores.values import (
    LONG,
    new_grant,
    stored_client,
    stored_user,
)
from valetkey.opaque import fingerprint, new_handle

refresh_tokens = tables.refresh_tokens


@dataclass
class Family:
    """A family that was begun, and ways to use it."""

    engine: AsyncEngine
    grants: PostgresGrants
    user: User
    client: Client
    grant: Grant
    authorized_at: datetime
    refresh_token: str

    async def begin(self, grant: Grant | None = None, **changes: Any) -> bool:
        given = {
            "code": None,
            "authorized_at": self.authorized_at,
            "refresh_token": self.refresh_token,
            "absolute": LONG,
            "idle": LONG,
        }
        return await self.grants.put(grant or self.grant, **given | changes)

    async def standing(self, refresh_token: str | None = None) -> Standing:
        token = refresh_token or self.refresh_token
        found = await self.grants.find_refresh(token)
        assert found is not None
        return found.standing

    async def person(self, jti: str = "some jti") -> User | None:
        return await self.grants.find_person(self.grant.grant_id, jti)

    async def rotate(self, refresh_token: str | None = None) -> str:
        successor = new_handle()
        token = refresh_token or self.refresh_token
        assert await self.grants.rotate(token, successor, idle=LONG)
        return successor

    async def set_refresh(self, **values: Any) -> None:
        mine = refresh_tokens.c.fingerprint == fingerprint(self.refresh_token)
        async with self.engine.begin() as connection:
            await connection.execute(update(refresh_tokens).where(mine).values(values))


@pytest.fixture
def grants(engine: AsyncEngine) -> PostgresGrants:
    return PostgresGrants(engine)


async def allowed(
    engine: AsyncEngine, grants: PostgresGrants, **changes: Any
) -> Family:
    """What a person allowed a moment ago; its family has not begun."""
    user, client = await stored_user(engine), await stored_client(engine)
    consents = PostgresConsents(engine)
    await consents.put(user.subject, client.client_id, {None: frozenset({"openid"})})
    granted = await consents.granted(user.subject, client.client_id, ())
    grant = new_grant(user, client, **changes)
    return Family(engine, grants, user, client, grant, granted.at, new_handle())


@pytest.fixture
async def family(engine: AsyncEngine, grants: PostgresGrants) -> Family:
    family = await allowed(engine, grants)
    assert await family.begin()
    return family


async def test_every_field_comes_back(family: Family) -> None:
    found = await family.grants.find_refresh(family.refresh_token)
    person = await family.person()

    assert found is not None
    assert found.grant == family.grant
    assert found.standing is Standing.CURRENT
    assert person is not None
    assert replace(person, updated_at=None) == family.user


async def test_UI06_what_an_app_asked_for_by_name_is_told_to_no_other(
    family: Family,
) -> None:
    """An exchanged token is of the same family, and another app's."""
    names = (family.grant.grant_id, "some jti")
    mine = await family.grants.find_userinfo(*names, family.grant.client_id)
    theirs = await family.grants.find_userinfo(*names, "another app")

    assert family.grant.claims
    assert mine == (await family.person(), family.grant.claims)
    assert theirs == (await family.person(), None)


async def test_what_is_not_known_is_nothing(grants: PostgresGrants) -> None:
    assert await grants.find_refresh(new_handle()) is None
    assert await grants.find_person(uuid4().hex, "some jti") is None
    assert not await grants.rotate(new_handle(), new_handle(), idle=LONG)
    assert not await grants.repeat(new_handle())


async def test_only_fingerprints_are_kept(family: Family) -> None:
    successor = await family.rotate()

    async with family.engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT refresh_tokens::text FROM auth.refresh_tokens")
        )
        kept = "".join(rows.scalars())
    assert family.refresh_token not in kept
    assert successor not in kept
    assert fingerprint(successor) in kept


# A code begins one family.


class NaiveGrants(PostgresGrants):
    """Looks whether it was done, then does it: two callers look in time."""

    async def put(self, grant: Grant, *, code: str | None, **given: Any) -> bool:
        mark = f"code:{code}"
        if await self.is_revoked(mark):
            return False
        begun = await super().put(grant, code=None, **given)
        await self.revoke(mark)
        return begun

    async def rotate(
        self, refresh_token: str, successor: str, *, idle: timedelta
    ) -> bool:
        found = await self.find_refresh(refresh_token)
        assert found is not None
        if found.rotated_for is not None:
            return False
        mine = refresh_tokens.c.fingerprint == fingerprint(refresh_token)
        statement = update(refresh_tokens).where(mine)
        async with self._engine.begin() as connection:
            await connection.execute(statement.values(rotated_at=func.now()))
        return True


def workers_of(family: Family) -> list[PostgresGrants]:
    """Stores of so many processes: each makes its own changes in turn."""
    return [type(family.grants)(family.engine) for _ in range(12)]


async def begun(family: Family) -> int:
    code = new_handle()

    workers = workers_of(family)

    async def begin(n: int) -> bool:
        another = replace(family.grant, grant_id=uuid4().hex)
        worker = replace(family, grants=workers[n % len(workers)])
        return await worker.begin(another, code=code, refresh_token=new_handle())

    return sum(await race(family.engine, begin, racers=24))


async def test_F01_F18_a_code_begins_one_family_whatever_redis_forgot(
    family: Family,
) -> None:
    """Its fingerprint is unique here, so a lost claim issues nothing."""
    for _ in range(10):
        assert await begun(family) == 1


async def test_the_naive_store_is_caught_with_a_code(family: Family) -> None:
    family.grants = NaiveGrants(family.engine)

    assert await begun(family) > 1


# Rotation, and the grace of the parent.


async def rotated(family: Family) -> int:
    token = new_handle()
    grant = replace(family.grant, grant_id=uuid4().hex)
    assert await family.begin(grant, refresh_token=token)
    workers = workers_of(family)
    # Each with a successor of its own: that two are the same must not be the reason.
    return sum(
        await race(
            family.engine,
            lambda n: workers[n % len(workers)].rotate(token, new_handle(), idle=LONG),
        )
    )


async def test_F01_of_many_rotations_one_wins(family: Family) -> None:
    for _ in range(10):
        assert await rotated(family) == 1


async def test_the_naive_store_is_caught_with_a_refresh_token(family: Family) -> None:
    family.grants = NaiveGrants(family.engine)

    assert await rotated(family) > 1


async def test_F01_in_one_process_too_one_wins(family: Family) -> None:
    token = new_handle()
    grant = replace(family.grant, grant_id=uuid4().hex)
    assert await family.begin(grant, refresh_token=token)
    won = await race(
        family.engine, lambda _: family.grants.rotate(token, new_handle(), idle=LONG)
    )
    assert sum(won) == 1


async def test_a_successor_that_is_taken_spoils_nobody_elses_rotation(
    family: Family,
) -> None:
    """They are one statement, and what is wrong with one is not with the others."""
    taken = family.refresh_token
    tokens = [new_handle() for _ in range(5)]
    for token in tokens:
        grant = replace(family.grant, grant_id=uuid4().hex)
        assert await family.begin(grant, refresh_token=token)
    successors = [taken, *(new_handle() for _ in range(4))]

    async def rotate(n: int) -> bool:
        return await family.grants.rotate(tokens[n], successors[n], idle=LONG)

    assert await race(family.engine, rotate, racers=5) == [False, *[True] * 4]
    assert await family.grants.rotate(tokens[0], new_handle(), idle=LONG)


async def test_a_family_that_may_not_begin_keeps_nobody_elses_from_it(
    family: Family,
) -> None:
    grants = [replace(family.grant, grant_id=uuid4().hex) for _ in range(4)]
    grants[0] = replace(grants[0], client_id="nobody")
    grants[1] = replace(grants[1], subject="nobody")

    async def begin(n: int) -> bool:
        return await family.begin(grants[n], refresh_token=new_handle())

    assert await race(family.engine, begin, racers=4) == [False, False, True, True]


async def test_F38_rotations_make_a_path(family: Family) -> None:
    """Token after token; only the last is current, only its parent is forgiven."""
    tokens = [family.refresh_token]
    for _ in range(5):
        tokens.append(await family.rotate(tokens[-1]))

    standings = [await family.standing(token) for token in tokens]

    assert standings == [Standing.REUSED] * 4 + [Standing.IN_GRACE, Standing.CURRENT]


async def test_the_parent_is_forgiven_three_times(family: Family) -> None:
    await family.rotate()

    repeated = await race(
        family.engine, lambda _: family.grants.repeat(family.refresh_token)
    )

    assert repeated.count(True) == MAX_GRACE_USES
    assert await family.standing() is Standing.REUSED


async def test_the_parent_is_forgiven_for_ten_seconds(family: Family) -> None:
    await family.rotate()

    await family.set_refresh(rotated_at=func.now() - timedelta(seconds=11))

    assert await family.standing() is Standing.REUSED
    assert not await family.grants.repeat(family.refresh_token)


async def test_a_token_that_was_never_used_has_no_grace(family: Family) -> None:
    assert not await family.grants.repeat(family.refresh_token)
    assert await family.standing() is Standing.CURRENT


async def test_an_unused_token_dies_its_family_does_not(family: Family) -> None:
    """The access tokens that it gave live out their own time."""
    await family.set_refresh(expires_at=func.now())

    assert await family.standing() is Standing.DEAD
    assert await family.person() is not None


async def test_each_rotation_begins_the_idle_time_anew(family: Family) -> None:
    successor = new_handle()
    await family.grants.rotate(family.refresh_token, successor, idle=2 * LONG)

    ends = select(refresh_tokens.c.expires_at - func.now())
    mine = refresh_tokens.c.fingerprint == fingerprint(successor)
    async with family.engine.connect() as connection:
        left = (await connection.execute(ends.where(mine))).scalar_one()
    assert left > LONG


# What kills a family. Each is one moment or one row; none looks for tokens.


async def disable(family: Family) -> None:
    mine = tables.users.c.subject == family.user.subject
    async with family.engine.begin() as connection:
        statement = update(tables.users).where(mine)
        await connection.execute(statement.values(disabled_at=func.now()))


async def change_password(family: Family) -> None:
    await PostgresUsers(family.engine).set_password(family.user.subject, "another")


async def revoke_consent(family: Family) -> None:
    consents = PostgresConsents(family.engine)
    await consents.revoke(family.user.subject, family.client.client_id)


async def revoke_session(family: Family) -> None:
    await family.grants.revoke_session(str(family.grant.sid))


async def revoke_family(family: Family) -> None:
    await family.grants.revoke(family.grant.grant_id)


async def expire(family: Family) -> None:
    mine = tables.grants.c.grant_id == family.grant.grant_id
    async with family.engine.begin() as connection:
        statement = update(tables.grants).where(mine)
        await connection.execute(statement.values(expires_at=func.now()))


Kill = Callable[[Family], Awaitable[None]]
KILLS = (
    disable,
    change_password,
    revoke_consent,
    revoke_session,
    revoke_family,
    expire,
)


@pytest.mark.parametrize("kill", KILLS)
async def test_F34_what_kills_a_family_kills_every_token_of_it(
    family: Family, kill: Kill
) -> None:
    """Also one that is written afterwards, by a request that was under way."""
    successor = await family.rotate()

    await kill(family)
    last = await family.rotate(successor)

    for token in (family.refresh_token, successor, last):
        assert await family.standing(token) is Standing.DEAD
    assert await family.person() is None


@pytest.mark.parametrize("kill", KILLS)
async def test_others_are_left_alone(
    family: Family, kill: Kill, engine: AsyncEngine, grants: PostgresGrants
) -> None:
    other = await allowed(engine, grants)
    await other.begin()

    await kill(other)

    assert await family.standing() is Standing.CURRENT
    assert await family.person() is not None


@pytest.mark.parametrize(
    "kill", [disable, change_password, revoke_consent, revoke_session]
)
@pytest.mark.parametrize("offline", [False, True])
async def test_F35_nothing_begins_once_it_was_taken_back(
    engine: AsyncEngine, grants: PostgresGrants, kill: Kill, offline: bool
) -> None:
    """The code was issued before, its exchange comes after."""
    family = await allowed(engine, grants, offline=offline)

    await kill(family)

    assert not await family.begin()
    assert await grants.find_refresh(family.refresh_token) is None
    assert await family.person() is None


async def test_a_replayed_code_gives_what_is_dead_already(
    engine: AsyncEngine, grants: PostgresGrants
) -> None:
    """The second use may revoke before the first is written (RFC 6749 s. 4.1.2)."""
    family = await allowed(engine, grants)

    await revoke_family(family)

    assert await family.begin()
    assert await family.standing() is Standing.DEAD
    assert await family.person() is None


@pytest.mark.parametrize("kill", [change_password, revoke_consent])
async def test_what_is_allowed_anew_lives(
    engine: AsyncEngine, grants: PostgresGrants, kill: Kill
) -> None:
    family = await allowed(engine, grants)
    await kill(family)
    consents = PostgresConsents(engine)
    subject, client_id = family.user.subject, family.client.client_id

    await consents.put(subject, client_id, {None: frozenset({"openid"})})
    family.authorized_at = (await consents.granted(subject, client_id, ())).at

    assert await family.begin()
    assert await family.standing() is Standing.CURRENT


async def test_offline_access_outlives_its_session_alone(
    engine: AsyncEngine, grants: PostgresGrants
) -> None:
    """It begins in a live one, and ends by everything else."""
    family = await allowed(engine, grants, offline=True)
    await family.begin()

    await revoke_session(family)
    alive = await family.standing()
    await revoke_consent(family)

    assert alive is Standing.CURRENT
    assert await family.standing() is Standing.DEAD


async def test_without_a_session_there_is_none_to_end(
    engine: AsyncEngine, grants: PostgresGrants
) -> None:
    """The password grant has no browser."""
    family = await allowed(engine, grants, sid=None)

    assert await family.begin(authorized_at=None)

    assert await family.standing() is Standing.CURRENT


async def test_an_app_that_is_deleted_takes_its_families_with_it(
    family: Family,
) -> None:
    await PostgresClients(family.engine).delete(family.client.client_id)

    assert await family.grants.find_refresh(family.refresh_token) is None
    assert await family.person() is None


async def test_an_access_token_is_revoked_alone(family: Family) -> None:
    await family.grants.revoke("one jti")
    await family.grants.revoke("one jti")

    assert await family.person("one jti") is None
    assert await family.person("another jti") is not None
    assert await family.standing() is Standing.CURRENT
    assert await family.grants.is_revoked("one jti")
    assert not await family.grants.is_revoked("another jti")
