"""
The authorization server on stores that read and then write: the control of F01.

`python -m tests.e2e.faults.naive_server` serves like `python -m auth_service`. The
race that the real stores win must be lost by these, or it shows nothing.
"""

import sys
from typing import Any

import uvicorn

from auth_service import outside
from auth_service.app import create_app
from auth_service.protocol.refresh_grant import Grant
from auth_service.settings import Settings
from auth_service.storage.postgres.grants import PostgresGrants
from auth_service.storage.redis.codes import RedisCodes, _spent
from valetkey.opaque import new_handle


class NaiveCodes(RedisCodes):
    """Looks whether the code is spent, then says that it is."""

    async def claim(self, code: str) -> bool:
        if await self._redis.exists(_spent(code)):
            return False
        await self._redis.set(_spent(code), "1", ex=60)
        return True


class NaiveGrants(PostgresGrants):
    """Without the unique index over codes."""

    async def put(self, grant: Grant, **given: Any) -> bool:
        row = {name: getattr(grant, name) for name in grant.__slots__}
        another = Grant(**row | {"grant_id": new_handle()})
        return await super().put(another, **given | {"code": None})


if __name__ == "__main__":
    outside.RedisCodes = NaiveCodes
    outside.PostgresGrants = NaiveGrants
    settings = Settings.load()
    uvicorn.run(
        create_app(settings),
        port=settings.port,
        log_config=None,
        access_log=False,
    )
    sys.exit(0)
