"""POST /oauth/revoke (RFC 7009 section 2)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.revoke import Revoke
from auth_service.web.calls import Calls
from auth_service.web.cors import note_client
from auth_service.web.errors import NO_STORE, for_programs
from auth_service.web.read import read_form


def routes(revoke: Revoke, calls: Calls) -> APIRouter:
    """The endpoint where apps give tokens back."""
    router = for_programs()

    @router.post("/oauth/revoke")
    async def give_back(request: Request) -> Response:
        parameters = await read_form(request, hashed=frozenset({"token"}))
        note_client(request, parameters.get("client_id"))
        await revoke.revoke(parameters, calls.read(request))
        return Response(headers=NO_STORE)

    return router
