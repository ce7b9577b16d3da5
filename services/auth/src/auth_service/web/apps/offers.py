"""POST /apps/{client_id}/transfer and …/offer: give an app away, take one."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.apps import Apps
from auth_service.flows.transfer_app import TransferApp
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web.apps.show import ShowApp
from auth_service.web.members import Members, for_members, see
from valetkey.errors import InvalidRequest


def routes(
    apps: Apps, transferring: TransferApp, members: Members, page: ShowApp
) -> APIRouter:
    """What giver and receiver can do."""
    router = for_members()

    @router.post("/apps/{client_id}/transfer")
    async def offer(request: Request, client_id: str) -> Response:
        here = f"/apps/{client_id}"
        member, form = await members.read_form(request, page=here, fresh=True)
        app = await apps.find(client_id, member.person)
        try:
            await transferring.offer(
                app,
                member.person,
                form.get("name", ""),
                form.get("app_name", ""),
                ip=member.ip,
            )
        except Unusable as unusable:
            return await page.show(member, app, status=400, errors=unusable.errors)
        return see(f"/apps/{app.client_id}?done=offered")

    @router.post("/apps/{client_id}/transfer/withdraw")
    async def withdraw(request: Request, client_id: str) -> Response:
        here = f"/apps/{client_id}"
        member, _ = await members.read_form(request, page=here)
        app = await apps.find(client_id, member.person)
        await transferring.withdraw(app, member.person, ip=member.ip)
        return see(f"/apps/{app.client_id}?done=withdrawn")

    @router.post("/apps/{client_id}/offer")
    async def answer(request: Request, client_id: str) -> Response:
        member, form = await members.read_form(request, page="/apps")
        if form.get("action") == "decline":
            await transferring.decline(client_id, member.person, ip=member.ip)
            return see("/apps?done=declined")
        try:
            await transferring.accept(client_id, member.person, ip=member.ip)
        except Unusable as unusable:
            raise InvalidRequest(unusable.errors["form"]) from None
        return see("/apps?done=accepted")

    return router
