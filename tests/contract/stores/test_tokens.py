"""The port `Tokens` on Redis: what a letter's link is good for, once."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from auth_service.crypto.seal import Seal
from auth_service.protocol.proof_of_address import (
    AddressProof,
    PendingSignUp,
    ResetProof,
)
from auth_service.protocol.user import User
from auth_service.storage.redis.tokens import RedisTokens
from tests.contract.stores.racing import race
from valetkey.errors import TemporarilyUnavailable
from valetkey.opaque import new_handle

SEAL = Seal("a secret of the tests, long enough")
MINUTE = timedelta(minutes=1)
PROOF = ResetProof(subject="alice", email="alice@people.example", password="f" * 64)


class NaiveTokens(RedisTokens[ResetProof]):
    """Reads, then marks: two callers read."""

    async def take(self, token: str) -> ResetProof | None:
        found = await self.find(token)
        await self._redis.set(self._key(token), "")
        return found


@pytest.fixture
def tokens(redis: Redis) -> RedisTokens[ResetProof]:
    return RedisTokens(redis, "test-reset", ResetProof, SEAL)


async def test_every_field_of_every_kind_comes_back(redis: Redis) -> None:
    user = User(subject="s", username="ü", email="ü@x.example", name="Ü")
    sign_up = PendingSignUp(
        browser_key="b",
        user=user,
        password_hash="$argon2id$",
        code="01234567",
        secret=new_handle(),
        handle=None,
        next="/apps",
        picture="d2VicA==",
    )
    address = AddressProof(subject="s", email="new@x.example", before="old@x.example")
    for value in (PROOF, sign_up, address):
        store = RedisTokens(redis, "test-any", type(value), SEAL)
        token = new_handle()
        assert await store.put(token, value, lifetime=MINUTE)
        assert await store.find(token) == value
        assert await store.take(token) == value


async def test_looking_takes_nothing_and_taking_takes_all(
    tokens: RedisTokens[ResetProof],
) -> None:
    token = new_handle()
    await tokens.put(token, PROOF, lifetime=MINUTE)

    await tokens.find(token)

    assert await tokens.take(token) == PROOF
    assert await tokens.take(token) is None
    assert await tokens.find(token) is None


async def test_a_used_one_cannot_be_put_again(
    tokens: RedisTokens[ResetProof],
) -> None:
    """An errand that is carried out twice does not make its link good again."""
    token = new_handle()
    assert await tokens.put(token, PROOF, lifetime=MINUTE)
    assert not await tokens.put(token, PROOF, lifetime=MINUTE)
    await tokens.take(token)
    assert not await tokens.put(token, PROOF, lifetime=MINUTE)
    assert await tokens.find(token) is None


async def takes(tokens: RedisTokens[ResetProof], redis: Redis) -> int:
    token = new_handle()
    await tokens.put(token, PROOF, lifetime=MINUTE)
    taken = await race(redis, lambda _: tokens.take(token))
    return len([proof for proof in taken if proof])


async def test_AU05_of_many_takers_one_wins(
    tokens: RedisTokens[ResetProof], redis: Redis
) -> None:
    for _ in range(20):
        assert await takes(tokens, redis) == 1


async def test_the_naive_store_is_caught(redis: Redis) -> None:
    naive = NaiveTokens(redis, "test-naive", ResetProof, SEAL)
    assert await takes(naive, redis) > 1


async def test_AU06_each_kind_has_a_space_of_its_own(
    tokens: RedisTokens[ResetProof], redis: Redis
) -> None:
    other = RedisTokens(redis, "test-other", ResetProof, SEAL)
    token = new_handle()
    await tokens.put(token, PROOF, lifetime=MINUTE)
    assert await other.find(token) is None
    assert await other.take(token) is None
    assert await tokens.take(token) == PROOF


async def test_what_is_kept_is_sealed_under_its_own_name(
    tokens: RedisTokens[ResetProof], redis: Redis
) -> None:
    """Whoever writes to Redis cannot give one link's proof to another."""
    token, other = new_handle(), new_handle()
    await tokens.put(token, PROOF, lifetime=MINUTE)
    await tokens.put(other, PROOF, lifetime=MINUTE)
    kept = await redis.get(tokens._key(token))
    assert token not in tokens._key(token)
    assert "alice" not in kept
    await redis.set(tokens._key(other), kept)
    with pytest.raises(TemporarilyUnavailable):
        await tokens.find(other)


async def test_it_expires_used_or_not(
    tokens: RedisTokens[ResetProof], redis: Redis
) -> None:
    token = new_handle()
    await tokens.put(token, PROOF, lifetime=MINUTE)
    assert 0 < await redis.ttl(tokens._key(token)) <= 60
    await tokens.take(token)
    assert 0 < await redis.ttl(tokens._key(token)) <= 60
    short = new_handle()
    await tokens.put(short, PROOF, lifetime=timedelta(seconds=1))
    async with asyncio.timeout(5):
        while await redis.exists(tokens._key(short)):
            await asyncio.sleep(0.01)
    assert await tokens.take(short) is None
