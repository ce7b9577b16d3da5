"""POST /oauth/token (RFC 6749 section 3.2)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth_service.flows.token import Token
from auth_service.web.calls import Calls
from auth_service.web.cors import note_client
from auth_service.web.errors import NO_STORE, for_programs
from auth_service.web.read import read_form


def routes(token: Token, calls: Calls) -> APIRouter:
    """The endpoint where grants become tokens."""
    router = for_programs()

    @router.post("/oauth/token")
    async def exchange(request: Request) -> Response:
        parameters = await read_form(request)
        note_client(request, parameters.get("client_id"))
        answer = await token.exchange(parameters, calls.read(request))
        return JSONResponse(answer, headers=NO_STORE)

    return router
