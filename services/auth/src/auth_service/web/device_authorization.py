"""POST /oauth/device_authorization (RFC 8628 section 3.1)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth_service.flows.device_authorization import DeviceAuthorization
from auth_service.web.calls import Calls
from auth_service.web.errors import NO_STORE, for_programs
from auth_service.web.read import read_form

#: Of what a device calls itself, as much as a person would read.
_LONGEST_NAME = 80


def routes(devices: DeviceAuthorization, calls: Calls) -> APIRouter:
    """The endpoint where devices get their codes."""
    router = for_programs()

    @router.post("/oauth/device_authorization")
    async def begin(request: Request) -> Response:
        parameters = await read_form(request)
        answer = await devices.begin(
            parameters,
            calls.read(request),
            user_agent=request.headers.get("user-agent", "")[:_LONGEST_NAME],
        )
        return JSONResponse(answer, headers=NO_STORE)

    return router
