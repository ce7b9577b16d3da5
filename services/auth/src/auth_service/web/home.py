"""GET /: the front page of the issuer."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.web.errors import for_people
from auth_service.web.pages import page


def routes(issuer: str) -> APIRouter:
    """What this server is, and where to go from here."""
    router = for_people()

    @router.get("/")
    async def front(_: Request) -> Response:
        return page("home.html", issuer=issuer)

    return router
