"""/admin/apps and /admin/app: every app; its client_id may be an address."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.administration.apps import ManageApps
from auth_service.flows.administration.lists import NotNow
from auth_service.protocol.administration import APP_ORDERS, Actor
from auth_service.protocol.client import Client
from auth_service.protocol.message import say
from auth_service.web.administration.door import Administrators, actor, asked
from auth_service.web.members import Member, for_members

_LIST, _APP = "/admin/apps", "/admin/app"
_SAID = {
    "verify": say("The app is verified."),
    "unverify": say("The app is not verified any more."),
    "suspend": say("The app is suspended. Every token that it has is dead."),
    "unsuspend": say("The app is back in service."),
    "first-party": say("The app is the operator's own."),
    "third-party": say("The app is not the operator's own any more."),
}


def routes(apps: ManageApps, administrators: Administrators) -> APIRouter:
    """The list, and the page of one app."""
    router = for_members()
    changes: Mapping[str, Callable[[Client, Actor], Awaitable[None]]] = {
        "verify": lambda app, by: apps.verify(app, by, yes=True),
        "unverify": lambda app, by: apps.verify(app, by, yes=False),
        "suspend": lambda app, by: apps.suspend(app, by, yes=True),
        "unsuspend": lambda app, by: apps.suspend(app, by, yes=False),
        "first-party": lambda app, by: apps.set_first_party(app, by, yes=True),
        "third-party": lambda app, by: apps.set_first_party(app, by, yes=False),
    }

    @router.get(_LIST)
    async def search(request: Request) -> Response:
        member = await administrators.look(request)
        query = asked(request, "search", "order", "page")
        text, order = query.get("search", ""), query.get("order", "name")
        found = await apps.search(text, order=order, page=query.get("page"))
        return member.show(
            "admin/apps.html",
            apps=found.rows,
            next=found.next,
            search=text,
            order=order,
            orders=APP_ORDERS,
        )

    @router.get(_APP)
    async def show(request: Request) -> Response:
        member = await administrators.look(request, page=_LIST)
        client_id = asked(request, "client_id").get("client_id", "")
        return await _show(apps, member, await apps.find(client_id))

    @router.post(_APP)
    async def change(request: Request) -> Response:
        member, form = await administrators.read_form(request, page=_LIST)
        app = await apps.find(form.get("client_id", ""))
        what = form.get("change", "")
        if what not in changes:
            return await _show(apps, member, app, status=400)
        try:
            await changes[what](app, actor(member))
        except NotNow as why:
            return await _show(
                apps, member, app, status=why.status, problem=why.description
            )
        app = await apps.find(app.client_id)
        return await _show(apps, member, app, notice=_SAID[what])

    return router


async def _show(
    apps: ManageApps,
    member: Member,
    app: Client,
    *,
    status: int = 200,
    notice: str | None = None,
    problem: str | None = None,
) -> Response:
    return member.show(
        "admin/app.html",
        status=status,
        app=app,
        secrets=await apps.secrets(app),
        notice=notice,
        problem=problem,
    )
