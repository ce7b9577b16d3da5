"""GET /apps/{client_id}/logouts, and POST …/{id}: what became of logout tokens."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.apps import Apps
from auth_service.protocol.app_form import kind_of
from auth_service.protocol.message import say
from auth_service.web.members import Members, for_members, notice, see

_SAID = {"again": say("It is tried again now. Load this page anew to see the answer.")}


def routes(apps: Apps, members: Members) -> APIRouter:
    """The delivery page of one app's back-channel logouts."""
    router = for_members()

    @router.get("/apps/{client_id}/logouts")
    async def show(request: Request, client_id: str) -> Response:
        member = await members.look(request)
        app = await apps.find(client_id, member.person)
        return member.show(
            "apps/logouts.html",
            app=app,
            kind=kind_of(app),
            deliveries=await apps.logouts.of(app.client_id),
            notice=notice(request, _SAID),
        )

    @router.post("/apps/{client_id}/logouts/{delivery_id}")
    async def again(request: Request, client_id: str, delivery_id: str) -> Response:
        page = f"/apps/{client_id}/logouts"
        member, _ = await members.read_form(request, page=page)
        app = await apps.find(client_id, member.person)
        await apps.logouts.try_again(app.client_id, delivery_id)
        return see(f"{page}?done=again")

    return router
