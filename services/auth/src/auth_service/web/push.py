"""POST /oauth/par (RFC 9126 section 2)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth_service.flows.note_refusals import NoteRefusals
from auth_service.flows.push import Push
from auth_service.web.calls import Calls, NextProof
from auth_service.web.cors import note_client
from auth_service.web.errors import NO_STORE, for_programs
from auth_service.web.read import read_form


def routes(
    push: Push, calls: Calls, next_proof: NextProof, refusals: NoteRefusals
) -> APIRouter:
    """
    The endpoint where clients leave their authorization requests.

    Args:
        next_proof: what the next DPoP proof must have (RFC 9449 section 8.2).
        refusals: where developers find what went wrong.

    """
    router = for_programs()

    @router.post("/oauth/par")
    async def leave(request: Request) -> Response:
        parameters = await read_form(request)
        note_client(request, parameters.get("client_id"))
        call = calls.read(request)
        async with refusals.noting(
            "/oauth/par", parameters, ip=call.ip, authorization=call.authorization
        ):
            answer = await push.push(parameters, call)
        return JSONResponse(answer, 201, headers={**NO_STORE, **next_proof(call)})

    return router
