"""`python -m auth_service`: serve, with settings from the environment."""

import asyncio
import signal
import sys
from types import FrameType

from fastapi import FastAPI

from auth_service.app import create_app
from auth_service.settings import Settings
from auth_service.storage.redis.connect import RedisCheck, UnsafeRedis, connect
from valetkey.errors import TemporarilyUnavailable
from valetkey.logs import configure_logs
from valetkey.serving import serve
from valetkey.settings import UnusableSettings


def application() -> FastAPI:
    """The application of one worker."""
    settings = Settings.load()
    configure_logs(settings.log_level)
    return create_app(settings)


def main() -> int:
    """Serve until SIGTERM; every unusable setting is named before anything starts."""
    # uvicorn raises the signal again when it has finished; that is no failure.
    signal.signal(signal.SIGTERM, _leave)
    try:
        settings = Settings.load()
        asyncio.run(_check_redis(settings))
    except UnusableSettings as unusable:
        sys.stderr.write("".join(f"{p}\n" for p in unusable.problems))
        return 1
    except UnsafeRedis as unsafe:
        sys.stderr.write(f"REDIS_URL: {unsafe.detail}\n")
        return 1
    serve(
        "auth_service.__main__:application",
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        # The application reads them itself: it also has to see the proxy's address.
        proxy_headers=False,
    )
    return 0


async def _check_redis(settings: Settings) -> None:
    redis = connect(settings.redis_url.get_secret_value())
    try:
        await RedisCheck(redis).check()
    except UnsafeRedis:
        raise
    except TemporarilyUnavailable:
        pass  # it is waited for, and looked at when it comes: /readyz asks again
    finally:
        await redis.aclose()


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
