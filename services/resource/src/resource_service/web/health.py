"""/healthz: the process lives. /readyz: what it needs is there."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from resource_service.storage.notes import Notes
from valetkey import ResourceServer, TemporarilyUnavailable


def health_routes(auth: ResourceServer, notes: Notes) -> APIRouter:
    """The routes /healthz and /readyz."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/healthz")
    async def is_alive() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @routes.get("/readyz")
    async def is_ready() -> JSONResponse:
        found = {"database": await _has_tables(notes), "keys": await auth.keys.ready()}
        checks = {name: "ok" if good else "failed" for name, good in found.items()}
        ready = all(found.values())
        status = "ok" if ready else "failed"
        return JSONResponse({"status": status, "checks": checks}, 200 if ready else 503)

    return routes


async def _has_tables(notes: Notes) -> bool:
    try:
        await notes.check()
    except TemporarilyUnavailable:
        return False
    return True
