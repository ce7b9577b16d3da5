"""One pool, one timeout policy, and the class decorator for its stores."""

from typing import cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoPermissionError, RedisError

from auth_service.storage.edge import translates
from auth_service.storage.redis.pipelined import PipelinedRedis
from valetkey.errors import TemporarilyUnavailable

#: Every key of this service begins so.
PREFIX = "vk:auth:"

#: Of each Redis store: RedisError becomes TemporarilyUnavailable.
at_edge = translates(RedisError)


def connect(url: str) -> PipelinedRedis:
    """A client whose every command ends in about a second, one way or the other."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=64,
        timeout=0.5,
        socket_timeout=0.5,
        socket_connect_timeout=0.5,
        socket_keepalive=True,
        health_check_interval=15,
        decode_responses=True,
        # One more try on a connection that died while it was idle.
        retry=Retry(NoBackoff(), 1),
    )
    # from_pool: closing the client closes the pool as well.
    return cast("PipelinedRedis", PipelinedRedis.from_pool(pool))


class UnsafeRedis(TemporarilyUnavailable):
    """Redis may drop what it was given; a dropped mark would make a code good twice."""


@at_edge
class RedisCheck:
    """Whether Redis can be relied on."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def check(self) -> None:
        """
        Ask it whether it is there, and for its `maxmemory-policy`.

        Raises:
            UnsafeRedis: it is not `noeviction`.

        """
        await self._redis.ping()
        try:
            policy = (await self._redis.info("memory")).get("maxmemory_policy")
        except NoPermissionError:
            return  # whoever set up this user is the one to see to it
        if policy not in {None, "noeviction"}:
            raise UnsafeRedis(
                detail=f"maxmemory-policy must be noeviction, not {policy}"
            )
