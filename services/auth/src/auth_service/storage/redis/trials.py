"""Sign-ins that developers try from the console."""

from redis.asyncio import Redis

from auth_service.protocol.trial import Trial
from auth_service.storage.redis.connect import PREFIX, at_edge
from auth_service.storage.redis.values import Json
from valetkey.opaque import fingerprint

#: Seconds: as long as a sign-in may wait at our pages.
LIFETIME = 900

_json = Json(Trial)


@at_edge
class RedisTrials:
    """The port `Trials`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def put(self, state: str, trial: Trial) -> None:
        """Keep one for as long as people take."""
        await self._redis.set(_key(state), _json.dump(trial), ex=LIFETIME)

    async def take(self, state: str) -> Trial | None:
        """One that comes back; GETDEL lets one caller win."""
        found = await self._redis.getdel(_key(state))
        return _json.load(found) if found else None


def _key(state: str) -> str:
    return f"{PREFIX}trial:{fingerprint(state)}"
