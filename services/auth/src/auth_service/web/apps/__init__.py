"""/apps: the developer console."""

from fastapi import APIRouter

from auth_service.flows.apps import Apps
from auth_service.flows.transfer_app import TransferApp
from auth_service.flows.try_app import TryApp
from auth_service.web.apps import (
    change,
    logouts,
    offers,
    register,
    secrets,
    testing,
    trial,
    use,
)
from auth_service.web.apps.show import ShowApp
from auth_service.web.members import Members


def routes(
    apps: Apps,
    transferring: TransferApp,
    trying: TryApp,
    members: Members,
    *,
    issuer: str,
) -> APIRouter:
    """Every page about a developer's apps; `/apps/new` is no app's name."""
    page = ShowApp(apps=apps, transferring=transferring, issuer=issuer)
    router = APIRouter(redirect_slashes=False)
    router.include_router(register.routes(apps, transferring, members, page))
    router.include_router(offers.routes(apps, transferring, members, page))
    for part in (change, secrets):
        router.include_router(part.routes(apps, members, page))
    for each in (logouts, testing):
        router.include_router(each.routes(apps, members))
    router.include_router(use.routes(apps, members, issuer=issuer))
    router.include_router(trial.routes(apps, trying, members))
    return router
