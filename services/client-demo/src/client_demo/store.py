"""Redis: one pool, short patience, and its errors in our words."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError

from client_demo.errors import SessionsUnavailable

#: Every key of this service begins so.
PREFIX = "vk:demo:"


def connect(redis_url: str) -> Redis:
    """
    A client that gives up within two seconds, whatever is wrong.

    A connection that was closed while idle is opened again once; a server that does
    not answer in time is not asked twice.
    """
    pool = BlockingConnectionPool.from_url(
        redis_url,
        max_connections=50,
        timeout=1,
        socket_timeout=0.8,
        socket_connect_timeout=0.8,
        decode_responses=True,
        retry=Retry(NoBackoff(), 1, supported_errors=(Disconnected,)),
    )
    return Redis.from_pool(pool)


@contextmanager
def translated() -> Iterator[None]:
    """
    Run something that talks to Redis.

    Raises:
        SessionsUnavailable: Redis is away or answered with an error.

    """
    try:
        yield
    except (RedisError, OSError) as error:
        raise SessionsUnavailable(type(error).__name__) from error
