"""One pool, one timeout policy, and the class decorator for its stores."""

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from auth_service.storage.edge import translates

#: Every key of this service begins so.
PREFIX = "vk:auth:"

#: Of each Redis store: RedisError becomes TemporarilyUnavailable.
at_edge = translates(RedisError)


def connect(url: str) -> Redis:
    """A client whose every command ends within a second, one way or the other."""
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
    return Redis(connection_pool=pool)


async def eviction_policy(redis: Redis) -> str | None:
    """`maxmemory-policy`, or None where this user may not ask."""
    try:
        info = await redis.info("memory")
    except RedisError:
        return None
    policy = info.get("maxmemory_policy")
    return str(policy) if policy else None
