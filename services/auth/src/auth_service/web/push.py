"""POST /oauth/par (RFC 9126 section 2)."""

from collections.abc import Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth_service.flows.push import Push
from auth_service.web.calls import Calls
from auth_service.web.cors import note_client
from auth_service.web.errors import NO_STORE, for_programs
from auth_service.web.read import read_form


def routes(push: Push, calls: Calls, nonce: Callable[[], str]) -> APIRouter:
    """
    The endpoint where clients leave their authorization requests.

    Args:
        nonce: of the moment, for the next DPoP proof (RFC 9449 section 8.2).

    """
    router = for_programs()

    @router.post("/oauth/par")
    async def leave(request: Request) -> Response:
        parameters = await read_form(request)
        note_client(request, parameters.get("client_id"))
        call = calls.read(request)
        answer = await push.push(parameters, call)
        next_proof = {"dpop-nonce": nonce()} if call.dpop else {}
        return JSONResponse(answer, 201, headers={**NO_STORE, **next_proof})

    return router
