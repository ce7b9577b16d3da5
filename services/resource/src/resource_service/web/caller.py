"""/me: whom a token speaks for."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from resource_service.web.errors import RESPONSES
from valetkey import ResourceServer


class Caller(BaseModel):
    """What this API learned from the token."""

    speaks_for: Literal["person", "client"]
    sub: str
    client_id: str
    scope: str
    issued_at: datetime
    expires_at: datetime


def caller_routes(auth: ResourceServer) -> APIRouter:
    """The route /me."""
    routes = APIRouter(tags=["caller"], responses=RESPONSES)

    # Asked all the time: a route without dependencies, which says what they would.
    @routes.get(
        "/me",
        responses={200: {"model": Caller}},
        openapi_extra={"security": [{auth.scheme_name: []}]},
    )
    async def whom_this_token_speaks_for(request: Request) -> Response:
        token = await auth.admit(request)
        caller = Caller(
            speaks_for="client" if token.is_clients_own else "person",
            sub=token.subject,
            client_id=token.client_id,
            scope=" ".join(sorted(token.scopes)),
            issued_at=token.issued_at,
            expires_at=token.expires_at,
        )
        return Response(caller.model_dump_json(), media_type="application/json")

    return routes
