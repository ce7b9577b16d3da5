"""GET|POST /apps/{client_id}, and POST …/delete: change an app, remove it."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.apps import Apps
from auth_service.protocol.message import say
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web.apps.form import JOINED, read_values
from auth_service.web.apps.show import ShowApp
from auth_service.web.members import Members, for_members, notice, see

_SAID = {
    "saved": say("The settings are saved."),
    "secret-deleted": say("The secret is revoked. It stopped working at once."),
    "offered": say("The app is offered. It stays yours until the offer is accepted."),
    "withdrawn": say("The offer is taken back."),
}


def routes(apps: Apps, members: Members, page: ShowApp) -> APIRouter:
    """The page of one app; whoever does not own it finds nothing."""
    router = for_members()

    @router.get("/apps/{client_id}")
    async def show(request: Request, client_id: str) -> Response:
        member = await members.look(request)
        app = await apps.find(client_id, member.person)
        return await page.show(member, app, notice=notice(request, _SAID))

    @router.post("/apps/{client_id}")
    async def change(request: Request, client_id: str) -> Response:
        here = f"/apps/{client_id}"
        member, form = await members.read_form(request, page=here, joined=JOINED)
        app = await apps.find(client_id, member.person)
        values = read_values(form)
        if form.get("action") == "check":
            return await page.show(member, app, values=values)
        try:
            changed, proof = await apps.read(values, app)
            if proof:
                await members.look(request, page=here, fresh=True)
            await apps.change(app, changed, ip=member.ip)
        except Unusable as unusable:
            return await page.show(
                member, app, status=400, values=values, errors=unusable.errors
            )
        return see(f"/apps/{app.client_id}?done=saved")

    @router.post("/apps/{client_id}/delete")
    async def delete(request: Request, client_id: str) -> Response:
        here = f"/apps/{client_id}"
        member, form = await members.read_form(request, page=here, fresh=True)
        app = await apps.find(client_id, member.person)
        try:
            await apps.delete(app, form.get("confirm"), ip=member.ip)
        except Unusable as unusable:
            return await page.show(member, app, status=400, errors=unusable.errors)
        return see("/apps?done=deleted")

    return router
