"""POST /oauth/token (RFC 6749 section 3.2)."""

from collections.abc import Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth_service.flows.token import Token
from auth_service.web.calls import Calls
from auth_service.web.cors import note_client
from auth_service.web.errors import NO_STORE, for_programs
from auth_service.web.read import read_form


def routes(token: Token, calls: Calls, nonce: Callable[[], str]) -> APIRouter:
    """
    The endpoint where grants become tokens.

    Args:
        nonce: of the moment, for the next DPoP proof (RFC 9449 section 8.2).

    """
    router = for_programs()

    @router.post("/oauth/token")
    async def exchange(request: Request) -> Response:
        parameters = await read_form(request)
        note_client(request, parameters.get("client_id"))
        call = calls.read(request)
        answer = await token.exchange(parameters, call)
        next_proof = {"dpop-nonce": nonce()} if call.dpop else {}
        return JSONResponse(answer, headers={**NO_STORE, **next_proof})

    return router
