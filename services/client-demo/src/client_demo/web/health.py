"""/healthz: this process lives; /readyz: it can sign people in."""

from collections.abc import Awaitable
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from redis.asyncio import Redis

from client_demo.errors import Unavailable
from client_demo.provider import Provider
from client_demo.store import translated


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What an orchestrator asks."""

    provider: Provider
    redis: Redis

    def add_to(self, router: APIRouter) -> None:
        """Name the paths."""
        router.add_api_route("/healthz", self.alive, methods=["GET"])
        router.add_api_route("/readyz", self.ready, methods=["GET"])

    async def alive(self) -> JSONResponse:
        """Always, while there is somebody to answer."""
        return JSONResponse({"status": "ok"})

    async def ready(self) -> JSONResponse:
        """Only while Redis answers and the provider was found."""
        checks = {
            "redis": await _passes(self._ping()),
            "provider": await _passes(self.provider.metadata()),
        }
        ready = set(checks.values()) == {"ok"}
        return JSONResponse(
            {"status": "ok" if ready else "failed", "checks": checks},
            200 if ready else 503,
        )

    async def _ping(self) -> None:
        with translated():
            await self.redis.ping()


async def _passes(check: Awaitable[object]) -> str:
    try:
        await check
    except Unavailable:
        return "failed"
    return "ok"
