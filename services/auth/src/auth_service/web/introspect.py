"""POST /oauth/introspect (RFC 7662 section 2)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.introspect import Introspect
from auth_service.web.calls import Calls
from auth_service.web.errors import NO_STORE, for_programs
from auth_service.web.read import read_form
from valetkey.json_answer import JsonAnswer

#: What a caller accepts that wants a signed answer (RFC 9701 section 4).
SIGNED = "application/token-introspection+jwt"


def routes(introspect: Introspect, calls: Calls) -> APIRouter:
    """The endpoint where resource servers ask about a token."""
    router = for_programs()

    @router.post("/oauth/introspect")
    async def about(request: Request) -> Response:
        # Whatever it is, a token that is none of ours is inactive and no mistake.
        parameters = await read_form(request, hashed=frozenset({"token"}))
        if _wants_jwt(request):
            return Response(
                await introspect.introspect_signed(parameters, calls.read(request)),
                headers=NO_STORE,
                media_type=SIGNED,
            )
        answer = await introspect.introspect(parameters, calls.read(request))
        return JsonAnswer(answer, headers=NO_STORE)

    return router


def _wants_jwt(request: Request) -> bool:
    accepted = request.headers.get("accept", "").split(",")
    return any(each.partition(";")[0].strip().lower() == SIGNED for each in accepted)
