"""The port `Codes` on Redis."""

import pytest
from redis.asyncio import Redis

from auth_service.storage.redis.codes import RedisCodes, _fresh, _spent
from tests.contract.stores.racing import race
from tests.contract.stores.values import new_code_grant
from valetkey.opaque import new_handle


class NaiveCodes(RedisCodes):
    """Reads, then writes: two callers pass the `if`."""

    async def claim(self, code: str) -> bool:
        if await self._redis.exists(_spent(code)):
            return False
        await self._redis.set(_spent(code), "1")
        return True


@pytest.fixture
def codes(redis: Redis) -> RedisCodes:
    return RedisCodes(redis, lifetime=60)


async def test_every_field_comes_back(codes: RedisCodes) -> None:
    code, grant = new_handle(), new_code_grant()
    bare = new_code_grant(code_challenge=None, nonce=None, resources=())
    other = new_handle()

    await codes.put(code, grant)
    await codes.put(other, bare)

    assert await codes.find(code) == grant
    assert await codes.find(other) == bare


async def test_an_unknown_code_is_nothing(codes: RedisCodes) -> None:
    code = new_handle()

    assert await codes.find(code) is None
    assert not await codes.claim(code)


async def test_a_spent_code_is_still_recognised(codes: RedisCodes) -> None:
    """A replay must be told from a guess: it revokes (RFC 6749 section 4.1.2)."""
    code, grant = new_handle(), new_code_grant()
    await codes.put(code, grant)

    assert await codes.claim(code)

    assert await codes.find(code) == grant
    assert not await codes.claim(code)


async def claims(codes: RedisCodes, redis: Redis) -> int:
    code = new_handle()
    await codes.put(code, new_code_grant())
    return sum(await race(redis, lambda _: codes.claim(code)))


async def test_F01_of_many_claims_one_wins(codes: RedisCodes, redis: Redis) -> None:
    for _ in range(20):
        assert await claims(codes, redis) == 1


async def test_the_naive_store_is_caught(redis: Redis) -> None:
    assert await claims(NaiveCodes(redis, lifetime=60), redis) > 1


async def test_no_wrong_verifier_goes_uncounted(
    codes: RedisCodes, redis: Redis
) -> None:
    code = new_handle()

    counted = await race(redis, lambda _: codes.count_wrong_verifier(code))

    assert sorted(counted) == list(range(1, 51))


async def test_it_is_kept_under_its_fingerprint_and_not_for_long(
    codes: RedisCodes, redis: Redis
) -> None:
    """Whoever reads Redis learns no code; what nobody fetches is forgotten."""
    code = new_handle()
    await codes.put(code, new_code_grant())
    await codes.count_wrong_verifier(code)

    assert code not in _fresh(code)
    assert code not in (await redis.get(_fresh(code)))
    assert 0 < await redis.ttl(_fresh(code)) <= 60
    await codes.claim(code)
    assert 590 < await redis.ttl(_spent(code)) <= 600
    wrong = _fresh(code).replace(":code:", ":code-wrong:")
    assert 0 < await redis.ttl(wrong) <= 600


async def test_a_code_ends_with_its_lifetime(redis: Redis) -> None:
    codes, code = RedisCodes(redis, lifetime=0.05), new_handle()

    await codes.put(code, new_code_grant())
    while await codes.find(code):
        pass

    assert not await codes.claim(code)
