"""Devices that ask, and what people answered (RFC 8628)."""

from redis.asyncio import Redis

from auth_service.protocol.device_grant import (
    INTERVAL,
    LIFETIME,
    Approval,
    DeviceGrant,
    DeviceRequest,
)
from auth_service.storage.redis.connect import PREFIX, at_edge
from auth_service.storage.redis.values import Json
from valetkey.opaque import fingerprint

_SECONDS = int(LIFETIME.total_seconds())
#: Seconds for which an expired device_code is still recognised as one.
REMEMBERED = 600

_request, _approval = Json(DeviceRequest), Json(Approval)
_NO = "no"

#: A user_code is given to one device at a time.
_PUT = """
if not redis.call('SET', KEYS[2], KEYS[1], 'NX', 'EX', ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], 'request', ARGV[1], 'interval', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3] + ARGV[4])
return 1
"""
#: The first person to open it is the one who may answer.
_OPEN = """
if redis.call('EXISTS', KEYS[1], KEYS[2]) < 2 then return false end
redis.call('HSETNX', KEYS[1], 'subject', ARGV[1])
if redis.call('HGET', KEYS[1], 'subject') ~= ARGV[1] then return false end
return redis.call('HGET', KEYS[1], 'request')
"""
#: An answer takes the user_code with it: there is no second one.
_ANSWER = """
if redis.call('HGET', KEYS[1], 'subject') ~= ARGV[1] then return 0 end
if redis.call('DEL', KEYS[2]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'answer', ARGV[2])
return 1
"""
#: By Redis's own clock, which all workers share; in seconds, as it is told.
_POLL = """
local told = redis.call('HMGET', KEYS[1], 'interval', 'polled')
if not told[1] then return 0 end
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
redis.call('HSET', KEYS[1], 'polled', string.format('%.6f', now))
if not told[2] or now - told[2] >= tonumber(told[1]) then return 0 end
redis.call('HINCRBY', KEYS[1], 'interval', ARGV[1])
return 1
"""


@at_edge
class RedisDeviceGrants:
    """
    A device is one hash, by its device_code; its user_code is a key that leads there.

    That key is the right to answer: it lives as long as the codes do, and whoever
    deletes it has answered. The hash is the right to tokens: deleting it is claiming.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._put = redis.register_script(_PUT)
        self._open = redis.register_script(_OPEN)
        self._answer = redis.register_script(_ANSWER)
        self._poll = redis.register_script(_POLL)

    async def put(
        self, device_code: str, user_code: str, request: DeviceRequest
    ) -> bool:
        """Keep a request for its lifetime; False where the user_code is taken."""
        return bool(
            await self._put(
                keys=[_device(device_code), _user(user_code)],
                args=[_request.dump(request), INTERVAL, _SECONDS, REMEMBERED],
            )
        )

    async def open(self, user_code: str, subject: str) -> DeviceRequest | None:
        """What waits for an answer; from here on it is this person's to give."""
        device = await self._redis.get(_user(user_code))
        if device is None:
            return None
        found = await self._open(keys=[device, _user(user_code)], args=[subject])
        return _request.load(found) if found else None

    async def find_opened(self, user_code: str, subject: str) -> DeviceRequest | None:
        """What waits for the answer of this person, who has opened it."""
        device = await self._redis.get(_user(user_code))
        if device is None:
            return None
        opener, found = await self._redis.hmget(device, ["subject", "request"])
        return _request.load(found) if found and opener == subject else None

    async def answer(
        self, user_code: str, subject: str, approval: Approval | None
    ) -> bool:
        """Yes, or no with None, by whoever opened it; one answer wins."""
        device = await self._redis.get(_user(user_code))
        if device is None:
            return False
        said = _approval.dump(approval) if approval else _NO
        keys = [device, _user(user_code)]
        return bool(await self._answer(keys=keys, args=[subject, said]))

    async def find(self, device_code: str) -> DeviceGrant | None:
        """What has come of a device's request, for some time after it expired too."""
        names = ["request", "answer"]
        found, said = await self._redis.hmget(_device(device_code), names)
        if found is None:
            return None
        approval = _approval.load(said) if said not in {None, _NO} else None
        request = _request.load(found)
        return DeviceGrant(request=request, approval=approval, denied=said == _NO)

    async def count_poll(self, device_code: str) -> bool:
        """Whether it came too soon; then the next one has to wait for longer."""
        return bool(await self._poll(keys=[_device(device_code)], args=[INTERVAL]))

    async def claim(self, device_code: str) -> bool:
        """Spend a device_code; DEL counts, so one caller wins."""
        return bool(await self._redis.delete(_device(device_code)))


def _device(device_code: str) -> str:
    return f"{PREFIX}device:{fingerprint(device_code)}"


def _user(user_code: str) -> str:
    return f"{PREFIX}device-user:{fingerprint(user_code)}"
