"""GET /apps/{client_id}/testing, and what it sends: testers, and going live."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.apps import Apps
from auth_service.protocol.app_form import kind_of
from auth_service.protocol.client import Client
from auth_service.protocol.message import say
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web.members import Member, Members, for_members, notice, see

_SAID = {
    "added": say("Added. Whoever has that name can use the app from now on."),
    "removed": say("Removed. That person cannot sign in to the app any more."),
    "live": say("The app is live: everybody can use it."),
    "testing": say("The app is in testing again."),
}


def routes(apps: Apps, members: Members) -> APIRouter:
    """Who may use an app while it is in testing, and the end of that."""
    router = for_members()

    async def show_page(
        member: Member,
        app: Client,
        *,
        errors: Mapping[str, str] | None = None,
        values: Mapping[str, str] | None = None,
        said: str | None = None,
    ) -> Response:
        return member.show(
            "apps/testing.html",
            status=400 if errors else 200,
            app=app,
            kind=kind_of(app),
            checks=await apps.checklist(app),
            errors=errors or {},
            values=values or {"name": ""},
            notice=said,
        )

    @router.get("/apps/{client_id}/testing")
    async def show(request: Request, client_id: str) -> Response:
        member = await members.look(request)
        app = await apps.find(client_id, member.person)
        return await show_page(member, app, said=notice(request, _SAID))

    @router.post("/apps/{client_id}/testing")
    async def change(request: Request, client_id: str) -> Response:
        here = f"/apps/{client_id}/testing"
        member, form = await members.read_form(request, page=here)
        app = await apps.find(client_id, member.person)
        action, name = form.get("action"), form.get("name", "")
        try:
            if action == "live":
                await apps.go_live(app, ip=member.ip)
                return see(f"{here}?done=live")
            if action == "testing":
                await apps.go_back(app, ip=member.ip)
                return see(f"{here}?done=testing")
            if action == "remove":
                await apps.remove_tester(app, name, ip=member.ip)
                return see(f"{here}?done=removed")
            await apps.add_tester(app, name, ip=member.ip)
        except Unusable as unusable:
            values = {"name": name}
            return await show_page(member, app, errors=unusable.errors, values=values)
        return see(f"{here}?done=added")

    return router
