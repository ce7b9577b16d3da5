"""Browser sessions, and the list of them that each person has."""

from collections.abc import Sequence

from redis.asyncio import Redis

from auth_service.protocol.session import ABSOLUTE, Session
from auth_service.storage.edge import bounded
from auth_service.storage.redis.connect import PREFIX, at_edge
from auth_service.storage.redis.values import Json

_json = Json(Session)


@at_edge
class RedisSessions:
    """A session is one key that dies with it; a set per person names their keys."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def put(self, session: Session) -> None:
        """Keep a new session until it ends."""
        people = _people(session.subject)
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.set(_key(session.key), _json.dump(session), exat=session.ends_at)
        pipeline.sadd(people, session.key)
        pipeline.expire(people, ABSOLUTE)
        await pipeline.execute()

    @bounded
    async def renew(self, session: Session) -> None:
        """Keep a session that was used, unless it has ended in the meantime."""
        text = _json.dump(session)
        await self._redis.set(_key(session.key), text, exat=session.ends_at, xx=True)

    @bounded
    async def find_all(self, keys: Sequence[str]) -> Sequence[Session]:
        """Those of these sessions that have not ended."""
        if not keys:
            return []
        found = await self._redis.mget([_key(key) for key in keys])
        return [_json.load(text) for text in found if text]

    @bounded
    async def of(self, subject: str) -> Sequence[Session]:
        """Every session of a person, last used first; forgets those that ended."""
        people = _people(subject)
        keys = sorted(str(k) for k in await self._redis.smembers(people))
        if not keys:
            return []
        kept = await self._redis.mget([_key(key) for key in keys])
        gone = [key for key, text in zip(keys, kept, strict=True) if not text]
        if gone:
            await self._redis.srem(people, *gone)
        sessions = [_json.load(text) for text in kept if text]
        return sorted(sessions, key=lambda s: s.last_seen_at, reverse=True)

    async def end(self, session: Session) -> None:
        """End a session."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.delete(_key(session.key))
        pipeline.srem(_people(session.subject), session.key)
        await pipeline.execute()


def _key(key: str) -> str:
    return f"{PREFIX}session:{key}"


def _people(subject: str) -> str:
    return f"{PREFIX}sessions-of:{subject}"
