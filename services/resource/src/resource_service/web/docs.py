"""/docs: the OpenAPI page, with assets of its own and no script inside the page."""

from html import escape
from pathlib import Path
from string import Template

from fastapi import APIRouter
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from resource_service.settings import Settings
from valetkey.fetch import origin

_STATIC = Path(__file__).parent / "static"


def assets() -> ASGIApp:
    """The files that the page loads; see static/README.md for where they are from."""
    return StaticFiles(directory=_STATIC)


def docs_routes(settings: Settings) -> APIRouter:
    """The page, and where the authorization server sends the browser back to it."""
    routes = APIRouter(include_in_schema=False)
    page = Template((_STATIC / "docs.html").read_text(encoding="utf-8")).substitute(
        client_id=escape(settings.swagger_client_id or ""),
    )
    headers = {"content-security-policy": _policy(origin(settings.issuer_url))}

    @routes.get("/docs")
    async def documentation() -> Response:
        return HTMLResponse(page, headers=headers)

    @routes.get("/docs/oauth2-redirect")
    async def authorization_response() -> Response:
        return FileResponse(_STATIC / "oauth2-redirect.html", headers=headers)

    return routes


def _policy(issuer: str) -> str:
    # Swagger UI draws some of its pictures from data: URLs in its style sheet.
    return (
        "default-src 'none'; script-src 'self'; style-src 'self';"
        f" img-src 'self' data:; connect-src 'self' {issuer};"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
