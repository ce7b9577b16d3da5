"""What every answer tells the browser it must not do."""

from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class SecurityHeaders:
    """
    Add the headers to every answer, errors included.

    Args:
        origins: the provider's; its pictures are shown, and forms may end there.
        https: whether browsers reach us by https, and must from now on.

    """

    def __init__(self, app: ASGIApp, *, origins: Iterable[str], https: bool) -> None:
        allowed = " ".join(("'self'", *origins))
        self.app = app
        self.headers = {
            "content-security-policy": "default-src 'none'; style-src 'self'; "
            f"img-src {allowed}; form-action {allowed}; base-uri 'none'; "
            "frame-ancestors 'none'",
            "x-frame-options": "DENY",
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=()",
        }
        if https:
            self.headers["strict-transport-security"] = (
                "max-age=63072000; includeSubDomains"
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        # A page may show what only this person may see; the style sheet shows nothing.
        static = scope["path"].startswith("/static/")
        cache_control = "no-cache" if static else "no-store"

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers[name] = value
                headers.setdefault("cache-control", cache_control)
            await send(message)

        await self.app(scope, receive, tell)
