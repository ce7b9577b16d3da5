"""GET /admin/settings: each value and where it came from; no secret."""

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.web.administration.door import Administrators
from auth_service.web.members import for_members
from valetkey.settings import Described


def routes(described: Sequence[Described], administrators: Administrators) -> APIRouter:
    """To look at: they change where the server is started."""
    router = for_members()

    @router.get("/admin/settings")
    async def show(request: Request) -> Response:
        member = await administrators.look(request)
        return member.show("admin/settings.html", settings=described)

    return router
