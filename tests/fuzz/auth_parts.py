"""What good requests to the authorization server are made of."""

from base64 import b64encode
from urllib.parse import quote_plus

from auth_service.web.visitors import BROWSER_COOKIE, SESSION_COOKIE
from tests.builders import auth as builder
from tests.fuzz.requests import Live, Pairs, Request, Value

SAME_SITE: Pairs = (("sec-fetch-site", "same-origin"),)
MEMBER: Pairs = (
    (BROWSER_COOKIE, Live("browser")),
    (SESSION_COOKIE, Live("session")),
)
GUEST: Pairs = ((BROWSER_COOKIE, Live("guest_browser")),)
MINE = ("csrf_token", Live("csrf"))
THEIRS = ("csrf_token", Live("guest_csrf"))
#: Where people want to go after a sign-in, or are wanted to.
_NEXT = {
    "next": ("/account", "//evil.example", "https://evil.example/", "/\\evil.example")
}
SCOPES = ("openid", "openid notes:read", "notes:read notes:write", "offline_access")


def basic(client_id: str) -> Pairs:
    """Basic credentials (RFC 6749 section 2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(builder.SECRETS[client_id])}"
    return (("authorization", f"Basic {b64encode(pair.encode()).decode()}"),)


def page(path: str, query: Pairs = (), cookies: Pairs = MEMBER) -> Request:
    """Somebody opens a page."""
    return Request("GET", _segments(path), query=query, cookies=cookies)


def form(path: str, *fields: tuple[str, Value], cookies: Pairs = MEMBER) -> Request:
    """Somebody sends one of our own forms."""
    return Request(
        "POST",
        _segments(path),
        form=(*fields, MINE if cookies == MEMBER else THEIRS),
        cookies=cookies,
        headers=SAME_SITE,
        extras=_NEXT if path in {"/login", "/register"} else {},
    )


def call(
    path: str, fields: Pairs, headers: Pairs = (), **extras: tuple[str, ...]
) -> Request:
    """A program calls."""
    return Request("POST", _segments(path), form=fields, headers=headers, extras=extras)


def _segments(path: str) -> tuple[str | Live, ...]:
    parts = path.removeprefix("/").split("/")
    return tuple(Live(p[1:-1]) if p.startswith("{") else p for p in parts)
