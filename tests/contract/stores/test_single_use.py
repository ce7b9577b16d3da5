"""Names that are used once: of twenty at the same moment, one wins."""

from uuid import uuid4

from redis.asyncio import Redis

from auth_service.storage.redis.connect import PREFIX
from auth_service.storage.redis.single_use import RedisSingleUse
from tests.contract.stores.racing import race


async def test_a_name_is_used_once(redis: Redis) -> None:
    names, name = RedisSingleUse(redis, "assertion"), uuid4().hex
    assert await names.claim("app", name, seconds=60)
    assert not await names.claim("app", name, seconds=60)


async def test_each_owner_and_each_kind_has_names_of_its_own(redis: Redis) -> None:
    """Else one client could use up another's, or a proof an assertion's."""
    assertions, proofs = (RedisSingleUse(redis, kind) for kind in ("assertion", "dpop"))
    name = uuid4().hex
    assert await assertions.claim("app", name, seconds=60)
    assert await assertions.claim("other", name, seconds=60)
    assert await proofs.claim("app", name, seconds=60)


async def test_CA11_JW36_of_many_at_once_one_wins(redis: Redis) -> None:
    names = RedisSingleUse(redis, "assertion")
    for _ in range(50):
        name = uuid4().hex
        won = await race(redis, lambda _, n=name: names.claim("app", n, seconds=60))
        assert won.count(True) == 1


async def test_the_race_catches_who_writes_after_reading(redis: Redis) -> None:
    """The control: a store like this must fail the race."""

    async def claim(name: str) -> bool:
        key = f"{PREFIX}used-control:{name}"
        if await redis.get(key):
            return False
        await redis.set(key, "1", ex=60)
        return True

    name = uuid4().hex
    won = await race(redis, lambda _: claim(name))
    assert won.count(True) > 1


async def test_a_name_is_forgotten_in_the_end(redis: Redis) -> None:
    names, name = RedisSingleUse(redis, "control"), uuid4().hex
    await names.claim("app", name, seconds=77)
    keys = [key async for key in redis.scan_iter(f"{PREFIX}used-control:*")]
    ends = [await redis.ttl(key) for key in keys]
    assert all(0 < seconds <= 77 for seconds in ends)
