"""GET /account/apps and POST /account/apps/revoke."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.account.connected_apps import ConnectedApps
from auth_service.protocol.message import say
from auth_service.web.members import Members, for_members, notice, see

_PAGE = "/account/apps"
_SAID = {"revoked": say("The app has no access any more.")}


def routes(connected: ConnectedApps, members: Members) -> APIRouter:
    """The connected apps page."""
    router = for_members()

    @router.get(_PAGE)
    async def show(request: Request) -> Response:
        member = await members.look(request)
        return member.show(
            "account/connected_apps.html",
            apps=await connected.of(member.person),
            notice=notice(request, _SAID),
        )

    @router.post(f"{_PAGE}/revoke")
    async def revoke(request: Request) -> Response:
        member, form = await members.read_form(request, page=_PAGE)
        client_id = form.get("client_id", "")
        await connected.revoke(client_id, member.person, ip=member.ip)
        return see(f"{_PAGE}?done=revoked")

    return router
