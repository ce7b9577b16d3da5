"""Single-use secrets that letters carry, and what each is good for."""

from base64 import b64decode, b64encode
from datetime import timedelta
from typing import Generic, TypeVar

from redis.asyncio import Redis

from auth_service.ports import Sealing
from auth_service.storage.redis.connect import PREFIX, at_edge
from auth_service.storage.redis.values import Json
from valetkey.opaque import fingerprint

Value = TypeVar("Value")

#: A used one stays known as used for as long as it would have lived: whoever carries
#: out the same errand twice cannot make it good again.
_TAKE = """
local found = redis.call('GET', KEYS[1])
if not found or found == '' then return false end
redis.call('SET', KEYS[1], '', 'KEEPTTL')
return found
"""


@at_edge
class RedisTokens(Generic[Value]):
    """
    The port `Tokens`: a key per token, named by its fingerprint, its value sealed.

    Each kind has a space of its own: a link for one purpose is none for another.
    """

    def __init__(
        self, redis: Redis, kind: str, type_: type[Value], seal: Sealing
    ) -> None:
        self._redis = redis
        self._kind = kind
        self._json = Json(type_)
        self._seal = seal
        self._take = redis.register_script(_TAKE)

    async def put(self, token: str, value: Value, *, lifetime: timedelta) -> bool:
        """Keep a new one; False where it was kept before, used or not."""
        key = self._key(token)
        sealed = b64encode(self._seal.close(self._json.dump(value), name=key))
        return bool(await self._redis.set(key, sealed, nx=True, ex=lifetime))

    async def find(self, token: str) -> Value | None:
        """What it is good for; it stays good."""
        return self._open(token, await self._redis.get(self._key(token)))

    async def take(self, token: str) -> Value | None:
        """Use it up; one script, so that one caller wins."""
        return self._open(token, await self._take(keys=[self._key(token)]))

    def _open(self, token: str, sealed: str | bytes | None) -> Value | None:
        if not sealed:
            return None
        key = self._key(token)
        return self._json.load(self._seal.open(b64decode(sealed), name=key))

    def _key(self, token: str) -> str:
        return f"{PREFIX}{self._kind}:{fingerprint(token)}"
