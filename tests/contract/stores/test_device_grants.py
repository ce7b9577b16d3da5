"""The port `DeviceGrants` on Redis."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from auth_service.flows.device_authorization import new_user_code
from auth_service.protocol.device_grant import (
    INTERVAL,
    LIFETIME,
    Approval,
    DeviceRequest,
)
from auth_service.storage.redis.device_grants import (
    REMEMBERED,
    RedisDeviceGrants,
    _approval,
    _device,
    _user,
)
from tests.contract.stores.racing import race
from valetkey.opaque import new_handle

REQUEST = DeviceRequest(
    client_id="tv-app",
    scopes=frozenset({"openid", "notes:read"}),
    resources=("https://api.example",),
    authorization_details=({"type": "note_access", "actions": ["read"]},),
    ip="192.0.2.1",
    user_agent="Tëlevision/1.0",
    asked_at=datetime(2026, 11, 21, 12, 0, 0, 123456, UTC),
)
APPROVAL = Approval(
    grant_id="the-family",
    subject="alice",
    sid="the-sid",
    auth_time=datetime(2026, 11, 21, 12, tzinfo=UTC),
    amr=("pwd", "otp"),
    authorized_at=datetime(2026, 11, 21, 12, 0, 1, 654321, UTC),
)


class NaiveDeviceGrants(RedisDeviceGrants):
    """Looks, then writes: two callers look."""

    async def open(self, user_code: str, subject: str) -> DeviceRequest | None:
        device = await self._redis.get(_user(user_code))
        if device is None or await self._redis.hget(device, "subject"):
            return None
        await self._redis.hset(device, "subject", subject)
        return REQUEST

    async def answer(
        self, user_code: str, subject: str, approval: Approval | None
    ) -> bool:
        device = await self._redis.get(_user(user_code))
        if device is None or approval is None:
            return False
        await self._redis.hset(device, "answer", _approval.dump(approval))
        await self._redis.delete(_user(user_code))
        return True

    async def claim(self, device_code: str) -> bool:
        if not await self._redis.exists(_device(device_code)):
            return False
        await self._redis.delete(_device(device_code))
        return True


@pytest.fixture
def devices(redis: Redis) -> RedisDeviceGrants:
    return RedisDeviceGrants(redis)


async def begun(devices: RedisDeviceGrants) -> tuple[str, str]:
    """A device_code and a user_code."""
    device_code, user_code = new_handle(), new_user_code()
    assert await devices.put(device_code, user_code, REQUEST)
    return device_code, user_code


async def test_every_field_comes_back(devices: RedisDeviceGrants) -> None:
    device_code, user_code = await begun(devices)
    waiting = await devices.find(device_code)
    assert waiting is not None
    assert (waiting.request, waiting.approval, waiting.denied) == (REQUEST, None, False)

    assert await devices.open(user_code, "alice") == REQUEST
    assert await devices.find_opened(user_code, "alice") == REQUEST
    assert await devices.answer(user_code, "alice", APPROVAL)

    assert await devices.find(device_code) == replace(waiting, approval=APPROVAL)


async def test_a_no_is_kept_too(devices: RedisDeviceGrants) -> None:
    device_code, user_code = await begun(devices)
    await devices.open(user_code, "alice")
    assert await devices.answer(user_code, "alice", None)
    found = await devices.find(device_code)
    assert found is not None
    assert (found.approval, found.denied) == (None, True)


async def test_a_user_code_is_one_devices_at_a_time(devices: RedisDeviceGrants) -> None:
    device_code, user_code = await begun(devices)
    other = new_handle()
    assert not await devices.put(other, user_code, replace(REQUEST, client_id="x"))
    assert await devices.find(other) is None
    assert await devices.open(user_code, "alice") == REQUEST
    assert await devices.find(device_code)


async def test_an_answer_takes_the_user_code_with_it(
    devices: RedisDeviceGrants,
) -> None:
    _, user_code = await begun(devices)
    await devices.open(user_code, "alice")
    assert await devices.answer(user_code, "alice", None)

    assert not await devices.answer(user_code, "alice", APPROVAL)
    assert await devices.open(user_code, "alice") is None
    assert await devices.find_opened(user_code, "alice") is None


async def test_DV08_only_the_first_to_open_it_can_answer(
    devices: RedisDeviceGrants,
) -> None:
    device_code, user_code = await begun(devices)
    assert await devices.find_opened(user_code, "alice") is None
    assert not await devices.answer(user_code, "alice", APPROVAL)

    assert await devices.open(user_code, "alice") == REQUEST

    assert await devices.open(user_code, "bob") is None
    assert await devices.find_opened(user_code, "bob") is None
    assert not await devices.answer(user_code, "bob", APPROVAL)
    found = await devices.find(device_code)
    assert found is not None
    assert found.approval is None
    assert await devices.open(user_code, "alice") == REQUEST


async def test_what_is_not_there_is_not_made(
    devices: RedisDeviceGrants, redis: Redis
) -> None:
    device_code, user_code = new_handle(), new_user_code()
    assert await devices.open(user_code, "alice") is None
    assert not await devices.answer(user_code, "alice", APPROVAL)
    assert not await devices.count_poll(device_code)
    assert not await devices.claim(device_code)
    assert await devices.find(device_code) is None
    assert not await redis.exists(_device(device_code), _user(user_code))


async def test_a_user_code_whose_device_is_gone_makes_none(
    devices: RedisDeviceGrants, redis: Redis
) -> None:
    device_code, user_code = await begun(devices)
    await devices.open(user_code, "alice")
    await redis.delete(_device(device_code))
    assert not await devices.answer(user_code, "alice", APPROVAL)
    assert await devices.open(user_code, "alice") is None
    assert not await redis.exists(_device(device_code))


async def test_DV03_each_poll_that_came_too_soon_adds_five_seconds(
    devices: RedisDeviceGrants, redis: Redis
) -> None:
    device_code, _ = await begun(devices)
    key = _device(device_code)
    assert not await devices.count_poll(device_code)
    assert await devices.count_poll(device_code)
    assert await redis.hget(key, "interval") == str(2 * INTERVAL)

    for waited, too_soon in ((2 * INTERVAL - 1, True), (3 * INTERVAL + 1, False)):
        polled = float(str(await redis.hget(key, "polled")))
        await redis.hset(key, "polled", str(polled - waited))
        assert await devices.count_poll(device_code) is too_soon


async def opens(devices: RedisDeviceGrants, redis: Redis) -> int:
    _, user_code = await begun(devices)
    opened = await race(redis, lambda n: devices.open(user_code, f"person-{n}"))
    return sum(each is not None for each in opened)


async def answers(devices: RedisDeviceGrants, redis: Redis) -> int:
    _, user_code = await begun(devices)
    await RedisDeviceGrants(redis).open(user_code, "alice")
    approvals = [replace(APPROVAL, grant_id=uuid4().hex) for _ in range(50)]
    return sum(
        await race(redis, lambda n: devices.answer(user_code, "alice", approvals[n]))
    )


async def claims(devices: RedisDeviceGrants, redis: Redis) -> int:
    device_code, _ = await begun(devices)
    return sum(await race(redis, lambda _: devices.claim(device_code)))


@pytest.mark.parametrize("verb", [opens, answers, claims])
async def test_DV05_DV07_DV08_of_many_callers_one_wins(
    devices: RedisDeviceGrants, redis: Redis, verb: object
) -> None:
    for _ in range(20):
        assert await verb(devices, redis) == 1


@pytest.mark.parametrize("verb", [opens, answers, claims])
async def test_the_naive_store_is_caught(redis: Redis, verb: object) -> None:
    naive = NaiveDeviceGrants(redis)
    # Of a few rounds: on a busy machine one may happen to come out in order.
    won = [await verb(naive, redis) for _ in range(5)]
    assert max(won) > 1


async def test_it_is_kept_under_fingerprints_and_not_for_long(
    devices: RedisDeviceGrants, redis: Redis
) -> None:
    device_code, user_code = await begun(devices)
    assert device_code not in _device(device_code)
    assert user_code not in _user(user_code)
    lifetime = int(LIFETIME.total_seconds())
    assert 0 < await redis.ttl(_user(user_code)) <= lifetime
    assert lifetime < await redis.ttl(_device(device_code)) <= lifetime + REMEMBERED
