"""Requests whose person is at the login or the consent page."""

from redis.asyncio import Redis

from auth_service.protocol.interaction import Waiting
from auth_service.storage.redis.connect import PREFIX, at_edge
from auth_service.storage.redis.values import Json
from valetkey.opaque import fingerprint

#: Seconds that a person may take for one page.
LIFETIME = 900
#: Seconds for which a finished or expired handle still names its app.
WAY_BACK = 7200

#: The one place besides match_reply_address() that makes a ReplyAddress: it was
#: proven there before it was written here.
_json = Json(Waiting)


@at_edge
class RedisWaitingRequests:
    """A request is one key; its handle is good for one step."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def put(self, handle: str, waiting: Waiting) -> None:
        """Keep a request for as long as people take."""
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.set(_key(handle), _json.dump(waiting), ex=LIFETIME)
        pipeline.set(_way_back(handle), waiting.request.client_id, ex=WAY_BACK)
        await pipeline.execute()

    async def find(self, handle: str) -> Waiting | None:
        """A request, to show its page."""
        found = await self._redis.get(_key(handle))
        return _json.load(found) if found else None

    async def take(self, handle: str) -> Waiting | None:
        """A request, to go a step forward; GETDEL lets one caller win."""
        found = await self._redis.getdel(_key(handle))
        return _json.load(found) if found else None

    async def find_way_back(self, handle: str) -> str | None:
        """The app that an expired or finished request came from: its client_id."""
        client_id = await self._redis.get(_way_back(handle))
        return str(client_id) if client_id else None


def _key(handle: str) -> str:
    return f"{PREFIX}waiting:{fingerprint(handle)}"


def _way_back(handle: str) -> str:
    return f"{PREFIX}way-back:{fingerprint(handle)}"
