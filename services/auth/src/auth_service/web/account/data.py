"""GET /account/data and POST /account/data: all that is known about a person."""

import json

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.account.export import Export
from auth_service.web.members import Members, for_members

_PAGE = "/account/data"
_HEADERS = {
    "content-disposition": 'attachment; filename="valetkey-data.json"',
    "cache-control": "no-store",
}


def routes(export: Export, members: Members) -> APIRouter:
    """The page with the two last things: take everything along, and go."""
    router = for_members()

    @router.get(_PAGE)
    async def show(request: Request) -> Response:
        member = await members.look(request)
        return member.show("account/data.html")

    @router.post(_PAGE)
    async def download(request: Request) -> Response:
        member, _ = await members.read_form(request, page=_PAGE, fresh=True)
        document = await export.of(member.person, member.session, ip=member.ip)
        text = json.dumps(document, ensure_ascii=False, indent=2)
        return Response(text, media_type="application/json", headers=_HEADERS)

    return router
