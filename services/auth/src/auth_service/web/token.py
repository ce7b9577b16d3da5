"""POST /oauth/token (RFC 6749 section 3.2)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.note_refusals import NoteRefusals
from auth_service.flows.token import Token
from auth_service.web.calls import Calls, NextProof
from auth_service.web.cors import note_client
from auth_service.web.errors import NO_STORE, for_programs
from auth_service.web.read import read_form
from valetkey.json_answer import JsonAnswer


def routes(
    token: Token, calls: Calls, next_proof: NextProof, refusals: NoteRefusals
) -> APIRouter:
    """
    The endpoint where grants become tokens.

    Args:
        next_proof: what the next DPoP proof must have (RFC 9449 section 8.2).
        refusals: where developers find what went wrong.

    """
    router = for_programs()

    @router.post("/oauth/token")
    async def exchange(request: Request) -> Response:
        parameters = await read_form(request)
        note_client(request, parameters.get("client_id"))
        call = calls.read(request)
        async with refusals.noting(
            "/oauth/token", parameters, ip=call.ip, authorization=call.authorization
        ):
            answer = await token.exchange(parameters, call)
        return JsonAnswer(answer, headers={**NO_STORE, **next_proof(call)})

    return router
