"""The last requests of each app that were refused."""

from collections.abc import Sequence

from redis.asyncio import Redis

from auth_service.protocol.refusal import Refusal
from auth_service.storage.redis.connect import PREFIX, at_edge
from auth_service.storage.redis.values import Json
from valetkey.opaque import fingerprint

#: As many are kept of one app: whoever sends rubbish pushes out rubbish.
KEPT = 50
#: Seconds, from the last one on.
LIFETIME = 7 * 24 * 3600

_json = Json(Refusal)


@at_edge
class RedisRefusals:
    """The port `Refusals`: a list per app, bounded in length and in time."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def add(self, client_id: str, refusal: Refusal) -> None:
        """Keep one, and no more than a few."""
        key = _key(client_id)
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.lpush(key, _json.dump(refusal))
        pipeline.ltrim(key, 0, KEPT - 1)
        pipeline.expire(key, LIFETIME)
        await pipeline.execute()

    async def of(self, client_id: str) -> Sequence[Refusal]:
        """Those that are kept, newest first."""
        found = await self._redis.lrange(_key(client_id), 0, KEPT - 1)
        return [_json.load(one) for one in found]


def _key(client_id: str) -> str:
    return f"{PREFIX}refusals:{fingerprint(client_id)}"
