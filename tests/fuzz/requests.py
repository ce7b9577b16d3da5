"""Requests in parts, some of which only the running service can fill in."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

from tests.fuzz.asgi import Sent
from tests.fuzz.values import EDITS


@dataclass(frozen=True)
class Live:
    """
    Something that only the running service can give: a code, a cookie, a handle.

    Drawn as a name, so that a case is the same whenever it runs; filled in when it is
    sent, and then edited.
    """

    kind: str
    edit: str = "same"


Value = str | bytes | Live
Pairs = tuple[tuple[str, Value], ...]
#: Fills in what only the running service can give.
Give = Callable[[str], Awaitable[str]]


@dataclass(frozen=True)
class Request:
    """
    A request in parts; of bytes the encoded form is meant.

    Attributes:
        path: segments, each without its slash.
        form: None where there is no body.
        body: instead of a form, in pieces.
        extras: what may be added to query or form, by name, with good values.

    """

    method: str
    path: tuple[Value, ...]
    query: Pairs = ()
    form: Pairs | None = None
    body: tuple[Value, ...] | None = None
    headers: Pairs = ()
    cookies: Pairs = ()
    extras: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ip: str | None = None


async def fill_in(request: Request, give: Give, *, host: str, ip: str) -> Sent:
    """The bytes of a request, with what only the running service can give."""
    path = [quote(s, safe="") if isinstance(s, str) else s.decode("ascii", "ignore")
            for s in [await _told(s, give) for s in request.path]]  # fmt: skip
    target = "/" + "/".join(path)
    raw = target.encode() + (b"?" if request.query else b"")
    raw += await _encoded(request.query, give)
    body = await _encoded(request.form, give) if request.form is not None else None
    if request.body is not None:
        pieces = [await _told(piece, give) for piece in request.body]
        body = b"".join(_bytes(piece) for piece in pieces)
    headers = [(n, await _told(v, give)) for n, v in request.headers]
    cookies = [f"{n}={_text(await _told(v, give))}" for n, v in request.cookies]
    if cookies:
        headers.append(("cookie", "; ".join(cookies)))
    if not any(name == "host" for name, _ in headers):
        headers.append(("host", host))
    if request.form is not None and not any(n == "content-type" for n, _ in headers):
        headers.append(("content-type", "application/x-www-form-urlencoded"))
    return Sent(
        method=request.method,
        target=raw.split(b"#")[0],
        headers=tuple((n.encode(), _header(v)) for n, v in headers),
        body=body,
        ip=request.ip or ip,
    )


async def _told(value: Value, give: Give) -> str | bytes:
    if isinstance(value, Live):
        return EDITS[value.edit](await give(value.kind))
    return value


async def _encoded(pairs: Iterable[tuple[str, Value]], give: Give) -> bytes:
    fields = []
    for name, value in pairs:
        told = await _told(value, give)
        raw = told if isinstance(told, bytes) else quote_plus(told).encode()
        fields.append(quote_plus(name).encode() + b"=" + raw)
    return b"&".join(fields)


def _bytes(piece: str | bytes) -> bytes:
    return piece if isinstance(piece, bytes) else piece.encode()


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _header(value: str | bytes) -> bytes:
    """What a server lets through: no CR, LF or NUL, nothing around it."""
    raw = value if isinstance(value, bytes) else value.encode("utf-8")
    return bytes(b for b in raw if b not in b"\r\n\0").strip(b" \t")


def changed(pairs: Pairs, **values: Value | None) -> Pairs:
    """The same parameters with some of them changed, added, or taken away by None."""
    told: dict[str, Any] = dict(pairs) | values
    return tuple((name, value) for name, value in told.items() if value is not None)
