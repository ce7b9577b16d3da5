"""A fresh nonce for whoever sent a DPoP proof (RFC 9449 section 8.2)."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class NonceHeader:
    """Add the nonce that `ResourceServer` left in the request's state."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start" and "dpop_nonce" in state:
                headers = MutableHeaders(scope=message)
                headers.setdefault("dpop-nonce", state["dpop_nonce"])
            await send(message)

        await self.app(scope, receive, add)
