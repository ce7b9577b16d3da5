"""GET /apps and GET|POST /apps/new: a developer's apps, and one more."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.apps import Apps
from auth_service.protocol.app_form import kind_of
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web.apps.show import FIELDS, SCOPE, choices, show_app
from auth_service.web.members import Members, for_members, notice

_NEW = "/apps/new"
#: What most apps ask for.
_USUAL = frozenset({"openid", "profile", "email"})
_SAID = {"deleted": "The app is deleted."}


def routes(apps: Apps, members: Members, *, issuer: str) -> APIRouter:
    """The list of apps, and the form that registers one."""
    router = for_members()

    @router.get("/apps")
    async def show_all(request: Request) -> Response:
        member = await members.look(request)
        return member.show(
            "apps/list.html",
            apps=[
                {
                    "client_id": app.client_id,
                    "client_name": app.client_name,
                    "kind": kind_of(app),
                    "created_at": app.created_at,
                }
                for app in await apps.owned_by(member.person)
            ],
            notice=notice(request, _SAID),
        )

    @router.get(_NEW)
    async def ask(request: Request) -> Response:
        member = await members.look(request)
        return member.show(
            "apps/new.html",
            scopes=choices(await apps.scopes(), _USUAL),
            values=dict.fromkeys(("kind", *FIELDS), ""),
            errors={},
        )

    @router.post(_NEW)
    async def register(request: Request) -> Response:
        member, form = await members.read_form(request, page=_NEW, joined=SCOPE)
        values = {name: form.get(name, "") for name in ("kind", *FIELDS, "scope")}
        try:
            app, secret = await apps.register(values, member.person, ip=member.ip)
        except Unusable as unusable:
            chosen = frozenset(values["scope"].split())
            return member.show(
                "apps/new.html",
                status=400,
                scopes=choices(await apps.scopes(), chosen),
                values=values,
                errors=unusable.errors,
            )
        return await show_app(
            apps, member, app, issuer=issuer, secret=secret, notice="Your app is ready."
        )

    return router
