"""
A small MCP server, of the official SDK, that accepts our tokens.

    mcp_server.py sdk|valetkey ISSUER PORT

    sdk       the SDK guards it and publishes its metadata; `valetkey` verifies tokens
    valetkey  `valetkey` does all of that, with what each tool needs

"""

import sys
from functools import partial
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute
from mcp.server.auth.middleware.auth_context import (
    AuthContextMiddleware,
    get_access_token,
)
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from starlette.datastructures import Headers
from starlette.routing import Match

import valetkey

READ, WRITE, OTHER = "pots:read", "pots:write", "pots:paint"
GUARD, ISSUER, PORT = sys.argv[1], sys.argv[2], int(sys.argv[3])
RESOURCE = f"http://localhost:{PORT}/mcp"

auth = valetkey.ResourceServer(
    issuer=ISSUER,
    audience=RESOURCE,
    scopes={READ: "See your pots", WRITE: "Break your pots", OTHER: "Paint pots"},
)


class Verifier:
    """What the SDK asks about a token (its `TokenVerifier`)."""

    async def verify_token(self, token: str) -> AccessToken | None:
        try:
            return as_sdk_says(token, await auth.verify(token))
        except valetkey.InvalidToken:
            return None


def as_sdk_says(text: str, token: valetkey.AccessToken) -> AccessToken:
    return AccessToken(
        token=text,
        client_id=token.client_id,
        scopes=sorted(token.scopes),
        expires_at=int(token.expires_at.timestamp()),
        resource=token.audience,
        subject=token.subject,
        claims=dict(token.claims),
    )


class PassedOn(Response):
    """No answer, but somebody who gives one and is told whose call it is."""

    def __init__(self, app: Any, user: AuthenticatedUser) -> None:
        super().__init__()
        self.app, self.user = AuthContextMiddleware(app), user

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope["user"] = self.user
        await self.app(scope, receive, send)


class BreakingRoute(APIRoute):
    """For calls of the one tool that needs more."""

    def matches(self, scope: Any) -> tuple[Match, Any]:
        if Headers(scope=scope).get("mcp-name") != "break_pot":
            return Match.NONE, {}
        return super().matches(scope)


def guarded_by_sdk() -> Any:
    settings = AuthSettings(
        issuer_url=ISSUER,
        resource_server_url=RESOURCE,
        required_scopes=[READ],
        validate_token_resource=True,
    )
    server = MCPServer("pots", token_verifier=Verifier(), auth=settings)
    return with_tools(server).streamable_http_app()


def guarded_by_valetkey() -> FastAPI:
    inner = with_tools(MCPServer("pots")).streamable_http_app()
    app = FastAPI(lifespan=lambda _: inner.router.lifespan_context(inner))
    auth.install(app)

    def guarded(*scopes: str) -> Any:
        needed = Depends(auth.require_scope(*scopes))

        async def pass_on(
            request: Request, token: Annotated[valetkey.AccessToken, needed]
        ) -> Response:
            text = request.headers["authorization"].split()[-1]
            return PassedOn(inner, AuthenticatedUser(as_sdk_says(text, token)))

        return pass_on

    add = partial(app.router.add_api_route, "/mcp", methods=["GET", "POST", "DELETE"])
    add(guarded(READ, WRITE), route_class_override=BreakingRoute)
    add(guarded(READ))
    return app


def with_tools(server: MCPServer) -> MCPServer:
    @server.tool()
    def whose_pots() -> str:
        """Say whom the token speaks for."""
        token = get_access_token()
        return str(token and token.subject)

    @server.tool()
    def break_pot() -> str:
        """Break a pot."""
        return "broken"

    return server


if __name__ == "__main__":
    guards = {"sdk": guarded_by_sdk, "valetkey": guarded_by_valetkey}
    uvicorn.run(guards[GUARD](), host="127.0.0.1", port=PORT, log_level="warning")
