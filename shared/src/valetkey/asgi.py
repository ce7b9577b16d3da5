"""
What every service puts around its application: limits, a request id, a log line.

    RequestScope    a request id, an access log without query strings, and the
                    answer to an error that nobody foresaw
    Limits          Host, header and body sizes, no compressed bodies, a deadline
    DefaultHeaders  what every answer says that does not say it itself
"""

import asyncio
import logging
import os
import re
import time
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

from valetkey.logs import get_logger

log = get_logger(__name__)
#: To ask whether a line would be written, before it is put together.
_lines = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
#: RFC 9110 section 7.2: an IPv6 address in brackets, or a name; perhaps a port.
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]]+))(?::[0-9]+)?")
#: A request has a body where it has one of these (RFC 9112 section 6).
_BODY = frozenset({b"content-length", b"transfer-encoding"})


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
        sent = first_header(scope, b"x-request-id")
        request_id = sent if _REQUEST_ID.fullmatch(sent) else os.urandom(16).hex()
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

        bound = bind_contextvars(request_id=request_id)
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
        finally:
            if _lines.isEnabledFor(logging.INFO) and scope["path"] not in self.quiet:
                # The path only: a query may hold a code, a state or a hint.
                log.info(
                    "answered",
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    ms=round((time.perf_counter() - started) * 1000, 1),
                )
            reset_contextvars(**bound)


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
        self.body = body
        self.bodies = bodies or {}
        self.seconds = seconds
        self.headers = headers
        served = frozenset(hosts)

        @lru_cache(maxsize=64)
        def is_served(host: bytes) -> bool:
            named = _HOST.fullmatch(host.decode("latin-1"))
            return named is not None and (named[1] or named[2]) in served

        self.is_served = is_served

    def _refusal(self, scope: Scope, limit: int) -> Response | None:
        hosts = []
        size, length = len(scope["query_string"]), b"0"
        compressed = False
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            if name == b"host":
                hosts.append(value)
            elif name == b"content-length":
                length = value
            elif name == b"content-encoding":
                compressed = compressed or value != b"identity"
        if len(hosts) != 1 or not self.is_served(hosts[0]):
            return self.refuse(421, "this server has another name")
        if size > self.headers:
            return self.refuse(431, "the request line and headers are too long")
        if compressed:
            return self.refuse(415, "a compressed body is not accepted")
        if not length.isdigit():
            return self.refuse(400, "Content-Length is not a number")
        if int(length[:20]) > limit:
            return self.refuse(413, "the body is too long")
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = next(
            (n for p, n in self.bodies.items() if scope["path"].startswith(p)),
            self.body,
        )
        refusal = self._refusal(scope, limit)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        if not _BODY.isdisjoint(name for name, _ in scope["headers"]):
            try:
                async with asyncio.timeout(self.seconds):
                    body = await _read(receive, limit)
            except TimeoutError:
                refusal = self.refuse(408, "the body took too long")
                await refusal(scope, receive, send)
                return
            if body is None:
                await self.refuse(413, "the body is too long")(scope, receive, send)
                return
            receive = _replay(body, receive)
        await self.app(scope, receive, send)


def first_header(scope: Scope, name: bytes) -> str:
    """The first header of this name, in lower case; empty where there is none."""
    for each, value in scope["headers"]:
        if each == name:
            text: str = value.decode("latin-1")
            return text
    return ""


class DefaultHeaders:
    """
    Give every answer the headers that it did not set itself.

    Args:
        headers: by their names in lower case.

    """

    def __init__(self, app: ASGIApp, *, headers: Mapping[str, str]) -> None:
        self.app = app
        self.missing = completing(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        missing = self.of(scope)

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message["headers"]
                more = missing(tuple([name for name, _ in given]))
                message["headers"] = [*given, *more]
            await send(message)

        await self.app(scope, receive, complete)

    def of(self, _: Scope) -> "Completing":
        """What completes an answer to this request."""
        return self.missing


_RawHeaders = tuple[tuple[bytes, bytes], ...]
#: From the names of an answer's headers to what is missing.
Completing = Callable[[tuple[bytes, ...]], _RawHeaders]


def completing(headers: Mapping[str, str]) -> Completing:
    """What is missing beside headers of these names, as ASGI has it."""
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]

    @lru_cache(maxsize=64)  # answers come with few sets of names
    def missing(given: tuple[bytes, ...]) -> _RawHeaders:
        return tuple(header for header in raw if header[0] not in given)

    return missing


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
