"""GET|POST /oauth/userinfo (OpenID Connect Core section 5.3)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth_service.flows.userinfo import UserInfo
from auth_service.protocol.scopes import read_scopes
from auth_service.web.cors import note_client
from auth_service.web.errors import NO_STORE, for_programs
from auth_service.web.read import read_query
from valetkey.bearer import read_bearer
from valetkey.errors import InvalidRequest
from valetkey.parameters import is_form, read_parameters


def routes(userinfo: UserInfo) -> APIRouter:
    """The endpoint that says who a token speaks for."""
    router = for_programs()

    @router.api_route("/oauth/userinfo", methods=["GET", "POST"])
    async def about(request: Request) -> Response:
        # A scope is not for this endpoint, so one is looked at and not used.
        read_scopes(read_query(request).get("scope"))
        token = await _read_token(request)
        if token is None:
            # RFC 6750 section 3.1: no token, no error code.
            return Response(
                status_code=401, headers={**NO_STORE, "www-authenticate": "Bearer"}
            )
        answer = await userinfo.about(token)
        note_client(request, answer.client_id)
        return JSONResponse(answer.claims, headers=NO_STORE)

    return router


async def _read_token(request: Request) -> str | None:
    """From the header, or from a POST's form (RFC 6750 sections 2.1 and 2.2)."""
    in_header = read_bearer(request)
    in_body = None
    if request.method == "POST" and is_form(request.headers.get("content-type")):
        in_body = read_parameters(await request.body()).get("access_token")
    if in_header is not None and in_body is not None:
        raise InvalidRequest("the token was sent in two ways")
    return in_header or in_body
