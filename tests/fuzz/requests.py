"""Requests that are right in every field, and what becomes of them in a few steps."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st

from tests.fuzz.asgi import Sent
from tests.fuzz.values import EDITS, NASTY, RAW, texts


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


METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "get")
_HEADERS = (
    "host",
    "content-type",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "origin",
    "sec-fetch-site",
    "authorization",
    "cookie",
    "accept",
    "user-agent",
    "x-request-id",
    "x-forwarded-for",
    "x-forwarded-host",
    "forwarded",
    "range",
    "if-none-match",
    "x-http-method-override",
)
_HEADER_VALUES = (
    "",
    "*/*",
    "null",
    "https://id.example",
    "https://spa.example",
    "https://evil.example",
    "evil.example:443",
    "[::1]",
    "[",
    "cross-site",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-16",
    "application/json",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "text/plain; charset=\xff",
    "gzip",
    "chunked",
    "-1",
    "99999999999999999999999999",
    "\xb2",
    "Basic",
    "Basic !!!",
    "Basic Og==",
    "Bearer",
    "Bearer " + "a" * 9000,
    "Bearer a.b.c",
    "bytes=0-5,-3,9999999999999999999-",
    "a=b; a=c; ;=; __Host-valetkey-session=\xff; x",
    "x" * 17_000,
)


@st.composite
def near(draw: st.DrawFn, bases: tuple[Request, ...]) -> Request:
    """One of these, or a few steps away from it."""
    request = draw(st.sampled_from(bases))
    request = _with_extras(draw, request)
    for _ in range(draw(st.sampled_from((0, 1, 1, 1, 2, 2, 3, 5)))):
        request = draw(st.sampled_from(_STEPS))(draw, request)
    return replace(request, ip=draw(st.sampled_from((None, None, None, "198.18.0.1"))))


def _with_extras(draw: st.DrawFn, request: Request) -> Request:
    if not request.extras or not draw(st.booleans()):
        return request
    names = draw(st.lists(st.sampled_from(sorted(request.extras)), max_size=3))
    pairs = [(n, draw(st.sampled_from(request.extras[n]))) for n in names]
    part = "query" if request.form is None else "form"
    kept = [pair for pair in getattr(request, part) if pair[0] not in names]
    return replace(request, **{part: (*kept, *dict(pairs).items())})


def _change_pair(draw: st.DrawFn, request: Request) -> Request:
    """Drop, repeat, edit or replace one parameter, cookie or segment; add one."""
    parts = [p for p in ("query", "form", "cookies", "headers") if getattr(request, p)]
    if not parts:
        return _add_pair(draw, request)
    part = draw(st.sampled_from(parts))
    pairs = list(getattr(request, part))
    place = draw(st.integers(0, len(pairs) - 1))
    name, value = pairs[place]
    match draw(
        st.sampled_from(("edit", "edit", "replace", "replace", "drop", "twice"))
    ):
        case "edit":
            pairs[place] = name, _edited(draw, value)
        case "replace":
            pairs[place] = name, draw(_VALUES)
        case "drop":
            del pairs[place]
        case "twice":
            pairs.append((name, draw(st.one_of(st.just(value), _VALUES))))
    return replace(request, **{part: tuple(pairs)})


def _add_pair(draw: st.DrawFn, request: Request) -> Request:
    part = "query" if request.form is None else draw(st.sampled_from(("query", "form")))
    pair = (draw(st.one_of(st.sampled_from(NASTY), texts)), draw(_VALUES))
    return replace(request, **{part: (*getattr(request, part), pair)})


def _change_path(draw: st.DrawFn, request: Request) -> Request:
    path = list(request.path)
    place = draw(st.integers(0, len(path) - 1))
    match draw(st.sampled_from(("edit", "replace", "drop", "add"))):
        case "edit":
            path[place] = _edited(draw, path[place])
        case "replace":
            path[place] = draw(_VALUES)
        case "drop":
            del path[place]
        case "add":
            path.insert(place + 1, draw(_VALUES))
    return replace(request, path=tuple(path) or ("",))


def _change_header(draw: st.DrawFn, request: Request) -> Request:
    name = draw(st.sampled_from(_HEADERS))
    value = draw(st.one_of(st.sampled_from(_HEADER_VALUES), texts))
    kept = request.headers
    if draw(st.booleans()):
        kept = tuple(pair for pair in kept if pair[0] != name)
    return replace(request, headers=(*kept, (name, value)))


def _change_method(draw: st.DrawFn, request: Request) -> Request:
    return replace(request, method=draw(st.sampled_from(METHODS)))


def _change_body(draw: st.DrawFn, request: Request) -> Request:
    junk = st.one_of(st.binary(max_size=40), st.sampled_from(RAW))
    return replace(request, form=None, body=(draw(junk),))


_STEPS = (
    *(_change_pair,) * 8,
    _add_pair,
    _change_path,
    _change_header,
    _change_header,
    _change_method,
    _change_body,
)
_VALUES: st.SearchStrategy[Value] = st.one_of(
    st.sampled_from(NASTY), st.sampled_from(RAW), texts
)


def _edited(draw: st.DrawFn, value: Value) -> Value:
    edit = draw(st.sampled_from(sorted(EDITS)))
    if isinstance(value, Live):
        return replace(value, edit=edit)
    return value if isinstance(value, bytes) else EDITS[edit](value)


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
