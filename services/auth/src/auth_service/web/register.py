"""POST /oauth/register, and GET|PUT|DELETE of what was registered (RFC 7591, 7592)."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth_service.flows.register import Register
from auth_service.web.errors import NO_STORE, for_programs
from auth_service.web.read import ip
from valetkey.bearer import read_bearer
from valetkey.errors import InvalidClientMetadata, InvalidToken
from valetkey.jws import read_json_object

#: The longest registration, in bytes.
MAX_BODY = 64 * 1024


def routes(register: Register) -> APIRouter:
    """
    Where programs register themselves (RFC 7591 section 3).

    An initial access token is a bearer token (OpenID Connect Registration section 3).
    """
    router = for_programs()

    @router.post("/oauth/register")
    async def add(request: Request) -> Response:
        token, members = read_bearer(request), await _read(request)
        answer = await register.register(members, token, ip=ip(request))
        return JSONResponse(answer, 201, NO_STORE)

    @router.get("/oauth/register/{client_id}")
    async def show(client_id: str, request: Request) -> Response:
        answer = await register.read(client_id, read_bearer(request))
        return JSONResponse(answer, headers=NO_STORE)

    @router.put("/oauth/register/{client_id}")
    async def change(client_id: str, request: Request) -> Response:
        token, members = read_bearer(request), await _read(request)
        answer = await register.replace(client_id, members, token, ip=ip(request))
        return JSONResponse(answer, headers=NO_STORE)

    @router.delete("/oauth/register/{client_id}")
    async def remove(client_id: str, request: Request) -> Response:
        await register.delete(client_id, read_bearer(request), ip=ip(request))
        return Response(status_code=204, headers=NO_STORE)

    return router


async def _read(request: Request) -> dict[str, Any]:
    """The body, a JSON object in which each name stands once."""
    media_type = request.headers.get("content-type", "").partition(";")[0]
    if media_type.strip().lower() != "application/json":
        raise InvalidClientMetadata("the body must be application/json")
    try:
        return read_json_object(await request.body())
    except InvalidToken as error:
        raise InvalidClientMetadata(
            "the body must be a JSON object", detail=error.detail
        ) from None
