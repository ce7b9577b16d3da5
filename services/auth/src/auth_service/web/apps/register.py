"""GET /apps and GET|POST /apps/new: a developer's apps, and one more."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.apps import Apps
from auth_service.flows.transfer_app import TransferApp
from auth_service.protocol.app_form import KINDS, kind_of
from auth_service.protocol.form_lines import Line
from auth_service.protocol.message import say
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web.apps.form import (
    FIELDS,
    JOINED,
    choices,
    method_choices,
    read_values,
    verdicts,
)
from auth_service.web.apps.show import ShowApp
from auth_service.web.members import Member, Members, for_members, notice

_NEW = "/apps/new"
#: What most apps ask for.
_USUAL = frozenset({"openid", "profile", "email"})
_SAID = {
    "deleted": say("The app is deleted."),
    "accepted": say("The app is yours now. Its secrets are known to who gave it."),
    "declined": say("You left the app with its owner."),
}


def routes(
    apps: Apps, transferring: TransferApp, members: Members, page: ShowApp
) -> APIRouter:
    """The list of apps, and the form that registers one."""
    router = for_members()

    async def show_form(
        member: Member,
        values: Mapping[str, str],
        chosen: frozenset[str],
        *,
        errors: Mapping[str, str] | None = None,
        lines: Mapping[str, list[Line]] | None = None,
    ) -> Response:
        return member.show(
            "apps/new.html",
            status=400 if errors else 200,
            scopes=choices(await apps.scopes(), chosen),
            methods=method_choices(None),
            values=values,
            errors=errors or {},
            lines=lines or {},
        )

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
                    "live": app.live,
                    "created_at": app.created_at,
                }
                for app in await apps.owned_by(member.person)
            ],
            offers=await transferring.offered_to(member.person),
            notice=notice(request, _SAID),
        )

    @router.get(_NEW)
    async def ask(request: Request) -> Response:
        member = await members.look(request)
        return await show_form(member, dict.fromkeys(("kind", *FIELDS), ""), _USUAL)

    @router.post(_NEW)
    async def register(request: Request) -> Response:
        member, form = await members.read_form(request, page=_NEW, joined=JOINED)
        values = read_values(form)
        chosen = frozenset(values["scope"].split())
        kind = KINDS.get(values["kind"])
        lines = verdicts(values, kind.application_type) if kind else None
        if form.get("action") == "check":
            return await show_form(member, values, chosen, lines=lines)
        try:
            # No older sign-in is asked for: its secret opens nothing of anybody's yet.
            app, secret = await apps.register(values, member.person, ip=member.ip)
        except Unusable as unusable:
            return await show_form(
                member, values, chosen, errors=unusable.errors, lines=lines
            )
        said = say("Your app is ready.")
        return await page.show(member, app, secret=secret, notice=said)

    return router
