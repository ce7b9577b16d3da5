"""Letters that have to be sent: a queue that survives whoever works at it."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import timedelta
from typing import cast
from uuid import uuid4

from redis.asyncio import Redis

from auth_service.ports import Sealing
from auth_service.protocol.letter import ClaimedErrand, Errand
from auth_service.storage.redis.connect import PREFIX, at_edge
from auth_service.storage.redis.values import Json
from valetkey.errors import TemporarilyUnavailable
from valetkey.logs import get_logger

log = get_logger(__name__)

#: Seconds that a worker has for what it claimed; then it is due again. Longer than
#: any mail server is waited for.
LEASE = 60

_QUEUE = f"{PREFIX}errands"
_json = Json(Errand)

_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""
_ADD = f"""{_NOW}
redis.call('HSET', KEYS[2], 'sealed', ARGV[2], 'tries', 0)
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('ZADD', KEYS[1], now, ARGV[1])
"""
#: Claiming moves it into the future: nobody else sees it, unless its worker dies.
_CLAIM = f"""{_NOW}
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
local claimed = {{}}
for _, id in ipairs(due) do
  local key = ARGV[3] .. id
  local sealed = redis.call('HGET', key, 'sealed')
  if sealed then
    redis.call('ZADD', KEYS[1], now + ARGV[2], id)
    claimed[#claimed + 1] = {{id, sealed, redis.call('HINCRBY', key, 'tries', 1)}}
  else
    redis.call('ZREM', KEYS[1], id)
  end
end
return claimed
"""
_PUT_OFF = f"""{_NOW}
redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2], ARGV[1])
"""


@at_edge
class RedisErrands:
    """
    The port `Errands`: a hash per errand that expires, and their names by due time.

    By Redis's own clock, which all workers share.
    """

    def __init__(self, redis: Redis, seal: Sealing, *, lease: float = LEASE) -> None:
        self._redis = redis
        self._seal = seal
        self._lease = int(lease * 1000)
        self._add = redis.register_script(_ADD)
        self._claim = redis.register_script(_CLAIM)
        self._put_off = redis.register_script(_PUT_OFF)

    async def add(self, errand: Errand, *, lifetime: timedelta) -> None:
        """One more, due now."""
        name = uuid4().hex
        sealed = b64encode(self._seal.close(_json.dump(errand), name=_key(name)))
        milliseconds = int(lifetime.total_seconds() * 1000)
        await self._add(keys=[_QUEUE, _key(name)], args=[name, sealed, milliseconds])

    async def claim_due(self, most: int) -> Sequence[ClaimedErrand]:
        """Take what is due; one worker gets each, and has a minute for it."""
        args: list[int | str] = [most, self._lease, _key("")]
        claimed = cast(
            "list[tuple[str, str, int]]", await self._claim(keys=[_QUEUE], args=args)
        )
        opened = []
        for name, sealed, tries in claimed:
            try:
                plain = self._seal.open(b64decode(sealed), name=_key(name))
            except TemporarilyUnavailable as error:
                log.warning("letter lost", detail=error.detail)
                await self.done(name)
                continue
            opened.append(ClaimedErrand(id=name, tries=tries, errand=_json.load(plain)))
        return opened

    async def done(self, errand_id: str) -> None:
        """It is sent, or never will be."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.zrem(_QUEUE, errand_id)
        pipeline.delete(_key(errand_id))
        await pipeline.execute()

    async def put_off(self, errand_id: str, delay: timedelta) -> None:
        """It is not sent; try again later."""
        milliseconds = int(delay.total_seconds() * 1000)
        await self._put_off(keys=[_QUEUE], args=[errand_id, milliseconds])


def _key(name: str) -> str:
    return f"{PREFIX}errand:{name}"
