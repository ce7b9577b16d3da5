"""Which browser apps may read an answer: those whose own origin is registered."""

import re
from collections.abc import Awaitable, Callable

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from valetkey.asgi import first_header
from valetkey.errors import TemporarilyUnavailable

#: The endpoints that a public client calls from a browser; the authorization endpoint
#: is none of them (RFC 9700 section 2.6, FAPI 2.0 section 5.2.3).
_PATHS = frozenset({"/oauth/token", "/oauth/par", "/oauth/revoke", "/oauth/userinfo"})
#: What a client has to read of an answer (RFC 9449 section 8.2).
_EXPOSED = "dpop-nonce, www-authenticate"
#: An origin as browsers write it (RFC 6454 section 6.2); `null` is none.
_ORIGIN = re.compile(r"https?://[a-z0-9.\-:\[\]]+")
#: Whether an origin is that of a public client's redirect_uri; of this one, if named.
HasOrigin = Callable[[str, str | None], Awaitable[bool]]


def note_client(request: Request, client_id: str | None) -> None:
    """Say which client a request is for, once that is known."""
    request.state.cors_client_id = client_id


class Cors:
    """
    Cross-origin reading for public clients, by exact origin, without credentials.

    Never `*`, never `null`. An answer can be read only from an origin of the client
    that the request was for; a preflight does not say which, so there any will do.
    """

    def __init__(self, app: ASGIApp, *, has_origin: HasOrigin) -> None:
        self.app = app
        self.has_origin = has_origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and scope["path"] in _PATHS
        origin = first_header(scope, b"origin") if asked else ""
        if not _ORIGIN.fullmatch(origin):
            await self.app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            await (await self._preflight(origin))(scope, receive, send)
            return
        await self.app(scope, receive, self._telling(scope, origin, send))

    async def _may_read(self, origin: str, client_id: str | None) -> bool:
        try:
            return await self.has_origin(origin, client_id)
        except TemporarilyUnavailable:
            # The answer itself says so, to whoever may hear it.
            return False

    async def _preflight(self, origin: str) -> Response:
        if not await self._may_read(origin, None):
            return Response(status_code=403)
        return Response(
            status_code=204,
            headers={
                "access-control-allow-origin": origin,
                "access-control-allow-methods": "GET, POST",
                "access-control-allow-headers": "authorization, content-type, dpop",
                "access-control-max-age": "600",
                "vary": "origin",
            },
        )

    def _telling(self, scope: Scope, origin: str, send: Send) -> Send:
        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                client_id = scope.get("state", {}).get("cors_client_id")
                headers = MutableHeaders(scope=message)
                headers.add_vary_header("origin")
                if client_id and await self._may_read(origin, client_id):
                    headers["access-control-allow-origin"] = origin
                    headers["cross-origin-resource-policy"] = "cross-origin"
                    headers["access-control-expose-headers"] = _EXPOSED
            await send(message)

        return tell
