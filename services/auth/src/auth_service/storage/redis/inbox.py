"""The inbox that stands in for everybody's mailbox where no mail server is set."""

from collections.abc import Sequence
from datetime import timedelta

from redis.asyncio import Redis

from auth_service.protocol.letter import Written
from auth_service.storage.redis.connect import PREFIX, at_edge
from auth_service.storage.redis.values import Json

MOST = 100
LIFETIME = timedelta(days=1)

_LIST = f"{PREFIX}inbox"
_json = Json(Written)


@at_edge
class RedisInbox:
    """The port `Inbox`, and where letters are put."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def put(self, written: Written) -> None:
        """The newest letter; the oldest makes room."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.lpush(_LIST, _json.dump(written))
        pipeline.ltrim(_LIST, 0, MOST - 1)
        pipeline.expire(_LIST, LIFETIME)
        await pipeline.execute()

    async def letters(self) -> Sequence[Written]:
        """The last hundred, newest first."""
        kept = await self._redis.lrange(_LIST, 0, MOST - 1)
        return [_json.load(text) for text in kept]
