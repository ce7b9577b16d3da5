"""/admin: what administrators do by hand; /api/admin is the same for programs."""

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.administration.apps import ManageApps
from auth_service.flows.administration.audit_log import ReadAudit
from auth_service.flows.administration.keys import ManageKeys
from auth_service.flows.administration.people import ManagePeople
from auth_service.flows.administration.resources import ManageResources
from auth_service.flows.administration.set_up import SetUp
from auth_service.web.administration import (
    apps,
    audit_log,
    keys,
    people,
    resources,
    set_up,
    settings,
)
from auth_service.web.administration.door import Administrators
from auth_service.web.members import Members, for_members, see
from valetkey.settings import Described


def routes(
    members: Members,
    first: SetUp,
    manage_people: ManagePeople,
    manage_apps: ManageApps,
    manage_resources: ManageResources,
    manage_keys: ManageKeys,
    read_audit: ReadAudit,
    described: Sequence[Described],
) -> APIRouter:
    """Every page of administrators."""
    administrators = Administrators(members=members)
    router = for_members()

    @router.get("/admin")
    async def front(request: Request) -> Response:
        await administrators.look(request)
        return see("/admin/people")

    for part in (
        set_up.routes(first, members),
        people.routes(manage_people, administrators),
        apps.routes(manage_apps, administrators),
        resources.routes(manage_resources, administrators),
        keys.routes(manage_keys, administrators),
        audit_log.routes(read_audit, administrators),
        settings.routes(described, administrators),
    ):
        router.include_router(part)
    return router
