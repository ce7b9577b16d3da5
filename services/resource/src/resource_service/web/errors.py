"""Every refusal as a problem document (RFC 9457); none repeats what was sent."""

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route

from resource_service.notes import InvalidCursor, NoSuchNote
from valetkey.errors import OAuthError
from valetkey.logs import get_logger
from valetkey.problem import problem

log = get_logger(__name__)

_PROBLEM = {"application/problem+json": {"schema": {"type": "object"}}}

#: What any route may answer, for the documentation page.
RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "A refusal that says why", "content": _PROBLEM},
    "5XX": {"description": "Something is away; try again", "content": _PROBLEM},
}


def install(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Register what turns refusals into answers, for these routers."""
    routes = [route for router in routers for route in router.routes]

    async def by_status(request: Request, error: Exception) -> Response:
        """No route, or no such method on it."""
        assert isinstance(error, HTTPException)  # noqa: S101, as registered
        headers = error.headers
        if error.status_code == 405:
            # The framework names the methods of the first route of that path only.
            headers = {"allow": ", ".join(sorted(_methods(routes, request)))}
        return problem(error.status_code, headers=headers)

    app.add_exception_handler(NoSuchNote, _no_such_note)
    app.add_exception_handler(InvalidCursor, _invalid_cursor)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(OAuthError, _refused)
    app.add_exception_handler(HTTPException, by_status)
    app.add_exception_handler(Exception, _unforeseen)


def refuse(status: int, description: str) -> Response:
    """A refusal of `Limits`, which comes before any route."""
    return problem(status, description, headers={"connection": "close"})


async def _no_such_note(_: Request, __: Exception) -> Response:
    return problem(404, "there is no such note")


async def _invalid_cursor(_: Request, __: Exception) -> Response:
    return problem(400, "cursor is not one that this service gave")


async def _malformed(_: Request, error: Exception) -> Response:
    """The framework's 422 would repeat the input; this names fields and reasons."""
    assert isinstance(error, RequestValidationError)  # noqa: S101, as registered
    reasons = [
        {"field": ".".join(map(str, _known(each))), "reason": each["msg"]}
        for each in error.errors()
    ]
    return problem(400, "the request is malformed", errors=reasons)


def _known(error: dict[str, Any]) -> tuple[Any, ...]:
    """Where it was wrong, without what the caller made up: names, positions."""
    place: tuple[Any, ...] = error["loc"]
    made_up = error["type"] in {"extra_forbidden", "json_invalid"}
    return place[:-1] if made_up else place


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, OAuthError)  # noqa: S101, as registered
    log.warning("refused", error=error.error, detail=error.detail)
    headers = {}
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    return problem(error.status, error.description, headers=headers, error=error.error)


def _methods(routes: Iterable[BaseRoute], request: Request) -> set[str]:
    """What may be done at this path (RFC 9110 section 10.2.1)."""
    return {
        method
        for route in routes
        if isinstance(route, Route)
        and route.matches(request.scope)[0] is not Match.NONE
        for method in route.methods or ()
    }


async def _unforeseen(request: Request, _: Exception) -> Response:
    """Only the id is told; `RequestScope` logs the rest under it."""
    return problem(500, request_id=getattr(request.state, "request_id", None))
