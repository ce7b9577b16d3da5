"""GET /apps/{client_id}/use and …/errors: how to use an app, and what went wrong."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.apps import Apps
from auth_service.protocol.app_form import kind_of
from auth_service.protocol.refusal import differences
from auth_service.web.members import Members, for_members


def routes(apps: Apps, members: Members, *, issuer: str) -> APIRouter:
    """What a developer reads while they write their code."""
    router = for_members()

    @router.get("/apps/{client_id}/use")
    async def use(request: Request, client_id: str) -> Response:
        member = await members.look(request)
        app = await apps.find(client_id, member.person)
        catalogue = await apps.catalogue()
        # The first API that the app may use stands in the snippets.
        found = ((r, s.name) for r in catalogue.resources for s in r.scopes)
        api = next(((r, name) for r, name in found if name in app.scopes), None)
        return member.show(
            "apps/use.html",
            app=app,
            kind=kind_of(app),
            issuer=issuer,
            audience=api[0].identifier if api else None,
            api_scope=api[1] if api else None,
        )

    @router.get("/apps/{client_id}/errors")
    async def errors(request: Request, client_id: str) -> Response:
        member = await members.look(request)
        app = await apps.find(client_id, member.person)
        return member.show(
            "apps/errors.html",
            app=app,
            kind=kind_of(app),
            refusals=[
                (refusal, differences(refusal, app))
                for refusal in await apps.errors(app)
            ],
        )

    return router
