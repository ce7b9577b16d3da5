"""/apps: the developer console."""

from fastapi import APIRouter

from auth_service.flows.apps import Apps
from auth_service.web.apps import change, logouts, register, secrets
from auth_service.web.members import Members


def routes(apps: Apps, members: Members, *, issuer: str) -> APIRouter:
    """Every page about a developer's apps; `/apps/new` is no app's name."""
    router = APIRouter(redirect_slashes=False)
    for part in (register, change, secrets):
        router.include_router(part.routes(apps, members, issuer=issuer))
    router.include_router(logouts.routes(apps, members))
    return router
