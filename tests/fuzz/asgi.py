"""A request put straight into an ASGI application, and what came out of it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.types import ASGIApp, Message

Headers = tuple[tuple[bytes, bytes], ...]

_NAME = re.compile(rb"[a-z0-9!#$%&'*+.^_`|~-]+")
#: RFC 9110 section 5.5: visible, space, tab, and what is beyond ASCII.
_VALUE = re.compile(rb"[\x20-\x7e\x80-\xff\t]*")


@dataclass(frozen=True)
class Sent:
    """
    A request as it comes off the wire.

    Attributes:
        target: path and query as bytes, the path percent-encoded.
        body: None where there is none, and so no Content-Length.
        ip: where it comes from.

    """

    method: str
    target: bytes
    headers: Headers = ()
    body: bytes | None = None
    ip: str = "198.18.0.1"


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    status: int
    headers: Headers
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        wanted = name.encode()
        return [value.decode("latin-1") for key, value in self.headers if key == wanted]

    def header(self, name: str) -> str | None:
        """The value of a header that comes once at most."""
        values = self.all(name)
        assert len(values) <= 1, (name, values)
        return values[0] if values else None


async def send(app: ASGIApp, sent: Sent) -> Answer:
    """Send it, and look whether the answer is one that a server can pass on."""
    raw_path, _, query = sent.target.partition(b"?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": sent.method,
        "scheme": "https",
        # As uvicorn does it.
        "path": unquote(raw_path.decode("ascii")),
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": list(_with_length(sent)),
        "client": (sent.ip, 40000),
        "server": ("10.0.0.1", 443),
        "state": {},
    }
    bodies = [sent.body or b""]
    messages: list[Message] = []

    async def receive() -> Message:
        if bodies:
            return {"type": "http.request", "body": bodies.pop(), "more_body": False}
        return {"type": "http.disconnect"}

    async def take(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, take)
    return _answer(messages)


def _with_length(sent: Sent) -> Iterable[tuple[bytes, bytes]]:
    yield from sent.headers
    named = any(name == b"content-length" for name, _ in sent.headers)
    if sent.body is not None and not named:
        yield b"content-length", str(len(sent.body)).encode()


def _answer(messages: list[Message]) -> Answer:
    kinds = [message["type"] for message in messages]
    assert kinds[:1] == ["http.response.start"], kinds
    assert set(kinds[1:]) == {"http.response.body"}, kinds
    assert [m.get("more_body", False) for m in messages[1:]][-1] is False
    headers = tuple((bytes(n), bytes(v)) for n, v in messages[0].get("headers", ()))
    for name, value in headers:
        assert _NAME.fullmatch(name), name
        assert _VALUE.fullmatch(value), (name, value)
    return Answer(
        status=messages[0]["status"],
        headers=headers,
        body=b"".join(message.get("body", b"") for message in messages[1:]),
    )
