"""What may be used once: the names of assertions, proofs and request objects."""

from redis.asyncio import Redis

from auth_service.storage.edge import bounded
from auth_service.storage.redis.connect import PREFIX, at_edge
from valetkey.opaque import fingerprint


@at_edge
class RedisSingleUse:
    """
    The port `SingleUse`; each kind of name has a space of its own.

    With one space, whoever chooses names of one kind could use up another's.
    """

    def __init__(self, redis: Redis, kind: str) -> None:
        self._redis = redis
        self._kind = kind

    @bounded
    async def claim(self, owner: str, name: str, *, seconds: int) -> bool:
        """Use a name up until it expires; SET NX lets one caller win."""
        key = f"{PREFIX}used-{self._kind}:{fingerprint(f'{owner} {name}')}"
        return bool(await self._redis.set(key, "1", nx=True, ex=max(seconds, 1)))
