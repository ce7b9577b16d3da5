"""What becomes of a good request in a few steps: nearly good ones, and worse."""

from dataclasses import replace

from hypothesis import strategies as st

from tests.fuzz.requests import Live, Request, Value
from tests.fuzz.values import EDITS, NASTY, RAW, texts

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
