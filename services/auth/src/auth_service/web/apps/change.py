"""GET|POST /apps/{client_id}, and POST …/delete: change an app, remove it."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.apps import Apps
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web.apps.show import FIELDS, SCOPE, show_app
from auth_service.web.members import Members, for_members, notice, see

_SAID = {
    "saved": "The settings are saved.",
    "secret-deleted": "The secret is deleted. It stops working at once.",
}


def routes(apps: Apps, members: Members, *, issuer: str) -> APIRouter:
    """The page of one app; whoever does not own it finds nothing."""
    router = for_members()

    @router.get("/apps/{client_id}")
    async def show(request: Request, client_id: str) -> Response:
        member = await members.look(request)
        app = await apps.find(client_id, member.person)
        said = notice(request, _SAID)
        return await show_app(apps, member, app, issuer=issuer, notice=said)

    @router.post("/apps/{client_id}")
    async def change(request: Request, client_id: str) -> Response:
        page = f"/apps/{client_id}"
        member, form = await members.read_form(request, page=page, joined=SCOPE)
        app = await apps.find(client_id, member.person)
        values = {name: form.get(name, "") for name in (*FIELDS, "scope")}
        try:
            await apps.change(values, app, ip=member.ip)
        except Unusable as unusable:
            return await show_app(
                apps,
                member,
                app,
                issuer=issuer,
                status=400,
                values=values,
                errors=unusable.errors,
            )
        return see(f"/apps/{app.client_id}?done=saved")

    @router.post("/apps/{client_id}/delete")
    async def delete(request: Request, client_id: str) -> Response:
        page = f"/apps/{client_id}"
        member, form = await members.read_form(request, page=page)
        app = await apps.find(client_id, member.person)
        try:
            await apps.delete(app, form.get("confirm"), ip=member.ip)
        except Unusable as unusable:
            errors = unusable.errors
            return await show_app(
                apps, member, app, issuer=issuer, status=400, errors=errors
            )
        return see("/apps?done=deleted")

    return router
