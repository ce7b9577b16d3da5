"""/me: whom a token speaks for."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from resource_service.web.errors import RESPONSES
from valetkey import AccessToken, ResourceServer


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

    @routes.get("/me")
    async def whom_this_token_speaks_for(
        token: Annotated[AccessToken, Depends(auth.require())],
    ) -> Caller:
        return Caller(
            speaks_for="client" if token.is_clients_own else "person",
            sub=token.subject,
            client_id=token.client_id,
            scope=" ".join(sorted(token.scopes)),
            issued_at=token.issued_at,
            expires_at=token.expires_at,
        )

    return routes
