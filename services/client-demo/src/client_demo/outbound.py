"""HTTP requests of this server: bounded in size and time, each one written down."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from client_demo.errors import Refusal
from client_demo.wire import Message, shown_fields, shown_headers, shown_json
from valetkey.clock import Clock
from valetkey.http import Client, HTTPError, Request
from valetkey.parameters import is_form

#: The longest answer that is read, in bytes.
_LONGEST = 256 * 1024
#: The longest time for one request and its answer, in seconds.
_DEADLINE = 5.0


class NoAnswer(Exception):
    """Nothing came back that could be used: no connection, too slow or too long."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Trace:
    """The messages of one visit, in order."""

    messages: list[Message] = field(default_factory=list)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Whatever is refused meanwhile is shown with the messages that led there."""
        try:
            yield
        except Refusal as refusal:
            refusal.messages = tuple(self.messages)
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """Sends requests for one visit after another and records them in its trace."""

    client: Client
    clock: Clock

    async def send(self, request: Request, trace: Trace, *, title: str) -> Answer:
        """
        Send a request and read its answer.

        Raises:
            NoAnswer: it cannot be had within 5 seconds and 256 KiB.

        """
        # A compressed answer may be a thousand times as long as it looks.
        request.headers["accept-encoding"] = "identity"
        started = time.perf_counter()
        try:
            async with asyncio.timeout(_DEADLINE):
                answer = await self._read(request)
        except (HTTPError, TimeoutError) as error:
            trace.messages.append(self._message(request, title))
            raise NoAnswer(type(error).__name__) from None
        took = round((time.perf_counter() - started) * 1000)
        trace.messages.append(self._message(request, title, answer, took))
        return answer

    async def _read(self, request: Request) -> Answer:
        response = await self.client.send(request, stream=True)
        try:
            body = b""
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _LONGEST:
                    raise NoAnswer("the answer is too long")
        finally:
            await response.aclose()
        return Answer(response.status_code, response.headers, body)

    def _message(
        self,
        request: Request,
        title: str,
        answer: Answer | None = None,
        milliseconds: int | None = None,
    ) -> Message:
        form = is_form(request.headers.get("content-type"))
        return Message(
            title=title,
            by="server",
            method=request.method,
            url=str(request.url.copy_with(query=None)),
            at=int(self.clock.now().timestamp()),
            query=shown_fields(request.url.query),
            fields=shown_fields(request.content) if form else (),
            headers=shown_headers(request.headers),
            body="" if form else shown_json(request.content),
            status=None if answer is None else answer.status,
            answer_headers=() if answer is None else shown_headers(answer.headers),
            answer="" if answer is None else shown_json(answer.body),
            milliseconds=milliseconds,
        )
