"""GET|POST /oauth/userinfo (OpenID Connect Core section 5.3)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.confirm import Confirm
from auth_service.flows.userinfo import UserInfo
from auth_service.protocol.scopes import read_scopes
from auth_service.web.calls import Calls
from auth_service.web.cors import note_client
from auth_service.web.errors import DPOP_CHALLENGE, NO_STORE, for_programs
from auth_service.web.read import read_query
from valetkey.bearer import read_authorization
from valetkey.errors import InvalidRequest
from valetkey.json_answer import JsonAnswer
from valetkey.parameters import is_form, read_parameters

#: RFC 6750 section 3.1: no token, no error code; section 3: never a scheme alone.
_BEARER = 'Bearer realm="valetkey"'
_CHALLENGE = {**NO_STORE, "www-authenticate": f"{_BEARER}, {DPOP_CHALLENGE}"}

#: How a token may be sent in the Authorization header, in lower case.
_SCHEMES = ("bearer", "dpop")


def routes(userinfo: UserInfo, confirm: Confirm, calls: Calls) -> APIRouter:
    """The endpoint that says who a token speaks for."""
    router = for_programs()

    @router.api_route("/oauth/userinfo", methods=["GET", "POST"])
    async def about(request: Request) -> Response:
        # A scope is not for this endpoint, so one is looked at and not used.
        read_scopes(read_query(request).get("scope"))
        scheme, text = await _read_token(request)
        if text is None:
            return Response(status_code=401, headers=_CHALLENGE)
        token = userinfo.read(text)
        note_client(request, token["client_id"])
        call = calls.read(request)
        await confirm.check_sender(token, text, scheme, call)
        answer = await userinfo.about(token)
        headers = NO_STORE | confirm.next_proof(call)
        if answer.signed is not None:
            return Response(answer.signed, 200, headers, "application/jwt")
        return JsonAnswer(answer.claims, headers=headers)

    return router


async def _read_token(request: Request) -> tuple[str, str | None]:
    """
    The token and the scheme it was sent by, in lower case.

    From the header, or as a bearer's from a POST's form (OpenID Connect Core section
    5.3.1, RFC 6750 sections 2, 2.1, 2.2, RFC 9449 section 7.1).
    """
    scheme, in_header = read_authorization(request)
    in_body = None
    if request.method == "POST" and is_form(request.headers.get("content-type")):
        in_body = read_parameters(await request.body()).get("access_token")
    if scheme in _SCHEMES and in_header:
        if in_body is not None:
            raise InvalidRequest("the token was sent in two ways")
        return scheme, in_header
    return "bearer", in_body
