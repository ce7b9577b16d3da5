"""The short way to an endpoint: the same answers as the long one, sooner."""

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Query
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from valetkey.asgi import DefaultHeaders, RequestScope
from valetkey.direct import DirectApp, alone


class Refused(HTTPException):
    """One that the application has an answer for."""


def application(*, direct: bool) -> FastAPI:
    routes = APIRouter()

    @routes.get("/here")
    async def here(request: Request) -> Response:
        return PlainTextResponse(request.headers["host"])

    @routes.get("/refuses")
    async def refuses(_: Request) -> Response:
        raise Refused(403)

    @routes.get("/fails")
    async def fails(_: Request) -> Response:
        raise RuntimeError("canary")

    @routes.get("/asks")
    async def asks(name: str = Query()) -> str:
        return name

    @routes.get("/gives")
    async def gives(_: Request) -> dict[str, str]:
        return {"for": "the framework to write"}

    @routes.get("/named/{name}")
    async def named(request: Request) -> Response:
        return PlainTextResponse(request.path_params["name"])

    app = DirectApp(
        middleware=[
            Middleware(RequestScope),
            Middleware(DefaultHeaders, headers={"x-layer": "yes"}),
        ]
    )

    async def refused(_: Request, __: Exception) -> Response:
        return PlainTextResponse("refused", 403)

    app.add_exception_handler(Refused, refused)
    app.include_router(routes)
    if direct:
        app.open_short_ways(alone([routes]))
    return app


async def answer(app: FastAPI, method: str, path: str) -> tuple[int, str, str | None]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://h") as http:
        headers = {"x-request-id": "the-same-one"}
        got = await http.request(method, path, headers=headers)
    return got.status_code, got.text, got.headers.get("x-layer")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/here", 200),
        ("POST", "/here", 405),
        ("GET", "/refuses", 403),
        ("GET", "/fails", 500),
        ("GET", "/asks?name=ada", 200),
        ("GET", "/asks", 422),
        ("GET", "/gives", 200),
        ("GET", "/named/ada", 200),
        ("GET", "/nowhere", 404),
    ],
)
async def test_both_ways_give_the_same_answer(
    method: str, path: str, status: int
) -> None:
    short = await answer(application(direct=True), method, path)
    long = await answer(application(direct=False), method, path)
    assert short == long
    assert short[0] == status
    assert short[2] == "yes" or status == 500


def test_only_what_needs_nothing_of_the_framework_has_a_short_way() -> None:
    app = application(direct=True)
    assert isinstance(app, DirectApp)
    assert set(app.short_ways) == {("GET", p) for p in ("/here", "/refuses", "/fails")}
