"""The port `Sessions` on Redis."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from auth_service.protocol.session import ABSOLUTE, IDLE
from auth_service.storage.redis.sessions import RedisSessions, _key, _people
from tests.contract.stores.racing import race
from tests.contract.stores.values import new_session


@pytest.fixture
def sessions(redis: Redis) -> RedisSessions:
    return RedisSessions(redis)


async def test_every_field_comes_back(sessions: RedisSessions) -> None:
    session = new_session(remembered=True, amr=("pwd", "otp"))

    await sessions.put(session)

    assert await sessions.find_all([session.key, "another"]) == [session]
    assert await sessions.find_all([]) == []


async def test_a_person_sees_their_own_last_used_first(
    sessions: RedisSessions,
) -> None:
    now = datetime.now(UTC)
    old = new_session(last_seen_at=now - timedelta(minutes=5))
    new = new_session(subject=old.subject)
    for session in (old, new, new_session()):
        await sessions.put(session)

    assert await sessions.of(old.subject) == [new, old]
    assert await sessions.of("nobody") == []


async def test_one_that_ended_is_gone_the_others_stay(sessions: RedisSessions) -> None:
    ended = new_session()
    stays = new_session(subject=ended.subject)
    await sessions.put(ended)
    await sessions.put(stays)

    await sessions.end(ended)

    assert await sessions.find_all([ended.key, stays.key]) == [stays]
    assert await sessions.of(ended.subject) == [stays]


async def test_being_used_keeps_it_alive(sessions: RedisSessions, redis: Redis) -> None:
    """Until its idle time is over again, and never beyond its absolute end."""
    session = new_session(last_seen_at=datetime.now(UTC) - timedelta(minutes=20))
    await sessions.put(session)
    before = await redis.expiretime(_key(session.key))

    await sessions.put(replace(session, last_seen_at=datetime.now(UTC)))

    assert await redis.expiretime(_key(session.key)) - before >= 20 * 60 - 1
    assert await redis.ttl(_key(session.key)) <= IDLE.total_seconds()
    assert await redis.ttl(_people(session.subject)) <= ABSOLUTE.total_seconds()


@pytest.mark.parametrize(
    "ended",
    [
        {"last_seen_at": datetime.now(UTC) - IDLE},
        {"auth_time": datetime.now(UTC) - ABSOLUTE},
    ],
)
async def test_one_whose_time_is_over_is_not_found(
    sessions: RedisSessions, ended: dict[str, datetime]
) -> None:
    """Idle or absolute; it does not show in the person's list either."""
    session = new_session(**ended)

    await sessions.put(session)

    assert await sessions.find_all([session.key]) == []
    assert await sessions.of(session.subject) == []


async def test_F39_sessions_that_begin_at_once_are_all_there(
    sessions: RedisSessions, redis: Redis
) -> None:
    begun = [new_session(subject="somebody at many doors") for _ in range(50)]

    await race(redis, lambda n: sessions.put(begun[n]))

    assert len(await sessions.of("somebody at many doors")) == 50
