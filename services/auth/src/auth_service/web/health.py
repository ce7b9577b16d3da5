"""GET /healthz: the process lives. GET /readyz: what it needs answers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth_service.web.errors import for_programs
from valetkey.errors import OAuthError

#: A check returns, or raises what its store raises.
Check = Callable[[], Awaitable[object]]


def routes(checks: Mapping[str, Check]) -> APIRouter:
    """For whoever runs this: names of what is away, and nothing else."""
    router = for_programs()

    @router.get("/healthz")
    async def alive(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    @router.get("/readyz")
    async def ready(_: Request) -> Response:
        answers = await asyncio.gather(*(_ask(check) for check in checks.values()))
        told = dict(zip(checks, answers, strict=True))
        good = all(answer == "ok" for answer in answers)
        body = {"status": "ok" if good else "failed", "checks": told}
        return JSONResponse(body, 200 if good else 503)

    return router


async def _ask(check: Check) -> str:
    try:
        await check()
    except OAuthError:
        return "failed"
    return "ok"
