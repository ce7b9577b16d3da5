"""GET|POST /apps/{client_id}/test and GET …/test-callback: try a sign-in."""

import json

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.apps import Apps
from auth_service.flows.try_app import TryApp
from auth_service.protocol.app_form import kind_of
from auth_service.web.authorize import go
from auth_service.web.members import Members, for_members
from auth_service.web.read import read_query
from valetkey.errors import OAuthError


def routes(apps: Apps, trying: TryApp, members: Members) -> APIRouter:
    """A test login, for the owner of the app in one browser."""
    router = for_members()

    @router.get("/apps/{client_id}/test")
    async def ask(request: Request, client_id: str) -> Response:
        member = await members.look(request)
        app = await apps.find(client_id, member.person)
        return member.show("apps/test.html", app=app, kind=kind_of(app), error=None)

    @router.post("/apps/{client_id}/test")
    async def begin(request: Request, client_id: str) -> Response:
        here = f"/apps/{client_id}/test"
        member, _ = await members.read_form(request, page=here)
        app = await apps.find(client_id, member.person)
        try:
            outcome = await trying.begin(app, member.browser)
        except OAuthError as error:
            return member.show(
                "apps/test.html",
                status=400,
                app=app,
                kind=kind_of(app),
                error=(error.error, error.description),
            )
        return member.visitor.greet(go(outcome))

    @router.get("/apps/{client_id}/test-callback")
    async def finish(request: Request, client_id: str) -> Response:
        member = await members.look(request, page=f"/apps/{client_id}/test")
        app = await apps.find(client_id, member.person)
        answer = read_query(request)
        result = await trying.finish(app, member.browser, answer)
        return member.show(
            "apps/tested.html",
            app=app,
            kind=kind_of(app),
            result=result,
            id_token=json.dumps(dict(result.id_token or {}), indent=2),
            tokens=json.dumps(dict(result.tokens or {}), indent=2),
        )

    return router
