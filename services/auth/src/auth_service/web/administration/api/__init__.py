"""/api/admin: what the pages do, for programs, and the document that describes it."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth_service.flows.administration.apps import ManageApps
from auth_service.flows.administration.audit_log import ReadAudit
from auth_service.flows.administration.keys import ManageKeys
from auth_service.flows.administration.live import Live
from auth_service.flows.administration.people import ManagePeople
from auth_service.flows.administration.resources import ManageResources
from auth_service.web.administration.api import (
    apps,
    audit_log,
    keys,
    people,
    resources,
)
from auth_service.web.administration.api.route import Door
from auth_service.web.errors import for_programs
from valetkey.protected_resource import METADATA_HEADERS
from valetkey.resource_server import ResourceServer
from valetkey.settings import Described

_PREFIX = "/api/admin"


def routes(
    auth: ResourceServer,
    live: Live,
    manage_people: ManagePeople,
    manage_apps: ManageApps,
    manage_resources: ManageResources,
    manage_keys: ManageKeys,
    read_audit: ReadAudit,
    described: Sequence[Described],
) -> APIRouter:
    """Every endpoint, its description, and what a client may know beforehand."""
    door = Door(auth, live)
    api = APIRouter(prefix=_PREFIX, redirect_slashes=False)
    for part in (
        people.routes(manage_people, door),
        apps.routes(manage_apps, door),
        resources.routes(manage_resources, door),
        keys.routes(manage_keys, door),
        audit_log.routes(read_audit, described, door),
    ):
        api.include_router(part)
    document = _document(api, auth)

    public = for_programs()

    @public.get(f"{_PREFIX}/openapi.json")
    async def openapi(_: Request) -> Response:
        return JSONResponse(document)

    @public.get(str(auth.metadata_path))
    async def protected_resource(_: Request) -> Response:
        return JSONResponse(auth.metadata(), headers=METADATA_HEADERS)

    api_and_document = APIRouter(redirect_slashes=False)
    api_and_document.include_router(public)
    api_and_document.include_router(api)
    return api_and_document


def _document(api: APIRouter, auth: ResourceServer) -> Mapping[str, Any]:
    """Made once; what is malformed is answered with 400, and never with 422."""
    made = get_openapi(
        title="Valetkey administration",
        version="1",
        routes=api.routes,
        servers=[{"url": auth.issuer}],
    )
    for operations in made["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = {
                "description": "A problem document (RFC 9457)"
            }
    flows = made["components"]["securitySchemes"]["OAuth2"]["flows"]
    scopes = flows["authorizationCode"]["scopes"]
    flows["clientCredentials"] = {
        "tokenUrl": f"{auth.issuer}/oauth/token",
        "scopes": scopes,
    }
    for name in ("HTTPValidationError", "ValidationError"):
        made["components"]["schemas"].pop(name, None)
    return made
