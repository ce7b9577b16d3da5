"""POST /apps/{client_id}/secrets and …/secrets/{id}/delete: rotate a client secret."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.apps import Apps
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web.apps.show import ShowApp
from auth_service.web.members import Members, for_members, see


def routes(apps: Apps, members: Members, page: ShowApp) -> APIRouter:
    """What the buttons beside an app's secrets do."""
    router = for_members()

    @router.post("/apps/{client_id}/secrets")
    async def add(request: Request, client_id: str) -> Response:
        here = f"/apps/{client_id}"
        member, _ = await members.read_form(request, page=here, fresh=True)
        app = await apps.find(client_id, member.person)
        try:
            secret = await apps.add_secret(app, ip=member.ip)
        except Unusable as unusable:
            return await page.show(member, app, status=400, errors=unusable.errors)
        # In this answer's body and nowhere else: a URL would be logged and kept.
        return await page.show(member, app, secret=secret)

    @router.post("/apps/{client_id}/secrets/{secret_id}/delete")
    async def delete(request: Request, client_id: str, secret_id: str) -> Response:
        here = f"/apps/{client_id}"
        member, _ = await members.read_form(request, page=here)
        app = await apps.find(client_id, member.person)
        await apps.delete_secret(app, secret_id, ip=member.ip)
        return see(f"/apps/{app.client_id}?done=secret-deleted")

    return router
