"""Requests that were pushed, until their browser has an answer (RFC 9126 s. 4)."""

from redis.asyncio import Redis

from auth_service.protocol.authorization_request import AuthorizationRequest
from auth_service.storage.redis.connect import PREFIX, at_edge
from auth_service.storage.redis.values import Json
from valetkey.opaque import fingerprint

#: Seconds for which a used reference is still known as one: longer than people
#: can take over one request, page by page.
REMEMBERED = 24 * 3600

#: Made by match_reply_address() before it was written here, as with waiting requests.
_json = Json(AuthorizationRequest)


@at_edge
class RedisPushedRequests:
    """
    A request is one key that expires; its use is another that outlives it.

    So two tabs that opened the same request in time still get one answer.
    """

    def __init__(self, redis: Redis, *, lifetime: int) -> None:
        self._redis = redis
        self._lifetime = lifetime

    async def put(self, request_uri: str, request: AuthorizationRequest) -> None:
        """Keep a request for its lifetime."""
        await self._redis.set(_key(request_uri), _json.dump(request), ex=self._lifetime)

    async def find(self, request_uri: str) -> AuthorizationRequest | None:
        """A request that was not answered yet; however often its page is loaded."""
        kept, used = await self._redis.mget(_key(request_uri), _used(request_uri))
        return _json.load(kept) if kept and not used else None

    async def claim(self, request_uri: str) -> bool:
        """Use a reference up; SET NX lets one caller win."""
        won = await self._redis.set(_used(request_uri), "1", nx=True, ex=REMEMBERED)
        return bool(won)


def _key(request_uri: str) -> str:
    return f"{PREFIX}pushed:{fingerprint(request_uri)}"


def _used(request_uri: str) -> str:
    return f"{PREFIX}pushed-used:{fingerprint(request_uri)}"
