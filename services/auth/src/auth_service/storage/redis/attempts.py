"""Tries that may be wrong, counted before they are evaluated."""

from redis.asyncio import Redis

from auth_service.protocol.throttle import Throttle
from auth_service.storage.edge import bounded
from auth_service.storage.redis.connect import PREFIX, at_edge
from valetkey.opaque import fingerprint

#: Wait, or count this try and set the wait that the next one will meet. One script,
#: so that a hundred tries at the same moment are counted one after the other.
_RESERVE = """
local wait = redis.call('PTTL', KEYS[2])
if wait > 0 then return wait end
local tries = redis.call('INCR', KEYS[1])
if tries == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
local beyond = tries - tonumber(ARGV[1])
if beyond >= 0 then
  local delay = tonumber(ARGV[2]) * 2 ^ math.min(beyond, 30)
  redis.call('SET', KEYS[2], '1', 'PX', math.min(delay, tonumber(ARGV[3])))
end
return 0
"""


@at_edge
class RedisAttempts:
    """A counter and a wait per key, both gone by themselves."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._reserve = redis.register_script(_RESERVE)

    @bounded
    async def reserve(self, key: str, throttle: Throttle) -> int:
        """Seconds to wait before this try; 0 means go on, and it is counted."""
        first = int(throttle.first.total_seconds() * 1000)
        longest = int(throttle.longest.total_seconds() * 1000)
        wait = await self._reserve(
            keys=_keys(key), args=[throttle.free, first, longest]
        )
        return -(-int(wait) // 1000)

    @bounded
    async def forget(self, key: str) -> None:
        """The try was right: start counting anew."""
        await self._redis.delete(*_keys(key))

    @bounded
    async def give_back(self, key: str) -> None:
        """The try was right: this one does not count."""
        counter, wait = _keys(key)
        if await self._redis.decr(counter) < 0:
            # It expired in between; a counter must not live without an end.
            await self._redis.delete(counter)
        await self._redis.delete(wait)


def _keys(key: str) -> list[str]:
    # Fingerprints: what people type as their name may be their password.
    name = fingerprint(key)
    return [f"{PREFIX}tries:{name}", f"{PREFIX}tries-wait:{name}"]
