"""
What every service puts around its application: limits, a request id, a log line.

    RequestScope    a request id, an access log without query strings, and the
                    answer to an error that nobody foresaw
    Limits          Host, header and body sizes, no compressed bodies, a deadline
"""

import asyncio
import re
import time
from collections.abc import Callable, Collection
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from valetkey.logs import get_logger

log = get_logger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
#: RFC 9110 section 7.2: an IPv6 address in brackets, or a name; perhaps a port.
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]]+))(?::[0-9]+)?")


class RequestScope:
    """Give each request an id, log it once, and answer if everything else fails."""

    def __init__(
        self, app: ASGIApp, *, quiet: Collection[str] = ("/healthz", "/readyz")
    ) -> None:
        self.app = app
        self.quiet = frozenset(quiet)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = Headers(scope=scope).get("x-request-id", "")
        request_id = sent if _REQUEST_ID.fullmatch(sent) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0
        started = time.perf_counter()

        async def tell(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                name = (b"x-request-id", request_id.encode())
                message["headers"] = [*message["headers"], name]
            await send(message)

        with bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, tell)
            except Exception:
                log.exception("failed", path=scope["path"])
                if status:
                    raise
                answer = JSONResponse(
                    {"error": "server_error", "request_id": request_id},
                    500,
                    {"cache-control": "no-store"},
                )
                await answer(scope, receive, tell)
            if scope["path"] not in self.quiet:
                # The path only: a query may hold a code, a state or a hint.
                log.info(
                    "answered",
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    ms=round((time.perf_counter() - started) * 1000, 1),
                )


class Limits:
    """
    Refuse what no honest request needs, before anything reads it.

    Args:
        hosts: the names that this service answers to, without ports.
        body: the longest body, in bytes; `bodies` has exceptions by path prefix.
        seconds: how long a body may take to arrive.
        refuse: a refusal, from its status and a constant description.

    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Collection[str],
        body: int = 16 * 1024,
        bodies: dict[str, int] | None = None,
        seconds: float = 10.0,
        headers: int = 16 * 1024,
        refuse: Callable[[int, str], Response] | None = None,
    ) -> None:
        self.app = app
        self.refuse = refuse or _refuse
        self.hosts = frozenset(hosts)
        self.body = body
        self.bodies = bodies or {}
        self.seconds = seconds
        self.headers = headers

    def _refusal(self, scope: Scope, headers: Headers, limit: int) -> Response | None:
        hosts = headers.getlist("host")
        named = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if named is None or (named[1] or named[2]) not in self.hosts:
            return self.refuse(421, "this server has another name")
        size = sum(len(k) + len(v) for k, v in scope["headers"])
        if size + len(scope["query_string"]) > self.headers:
            return self.refuse(431, "the request line and headers are too long")
        if headers.get("content-encoding", "identity") != "identity":
            return self.refuse(415, "a compressed body is not accepted")
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            return self.refuse(400, "Content-Length is not a number")
        if int(length[:20]) > limit:
            return self.refuse(413, "the body is too long")
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = next(
            (n for p, n in self.bodies.items() if scope["path"].startswith(p)),
            self.body,
        )
        refusal = self._refusal(scope, headers, limit)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        if "content-length" not in headers and "transfer-encoding" not in headers:
            await self.app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self.seconds):
                body = await _read(receive, limit)
        except TimeoutError:
            await self.refuse(408, "the body took too long")(scope, receive, send)
            return
        if body is None:
            await self.refuse(413, "the body is too long")(scope, receive, send)
            return
        await self.app(scope, _replay(body, receive), send)


async def _read(receive: Receive, limit: int) -> bytes | None:
    """The whole body, or None where it is longer than the limit."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(chunks)
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            return None
        if not message.get("more_body", False):
            return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Hand a body that was read to the application, then the connection's end."""
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _refuse(status: int, description: str) -> Response:
    return JSONResponse(
        {"error": "invalid_request", "error_description": description},
        status,
        {
            "cache-control": "no-store",
            "pragma": "no-cache",
            "x-content-type-options": "nosniff",
            "connection": "close",
        },
    )
