"""Whoever comes by browser: two cookies, and a token in every form that they send."""

import re
from dataclasses import dataclass
from hmac import compare_digest

from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.recognise import Recognise
from auth_service.protocol.session import ABSOLUTE, Browser
from auth_service.web.read import ip, read_page_form
from auth_service.web.user_agent import device
from valetkey.errors import AccessDenied
from valetkey.opaque import fingerprint, new_handle

SESSION_COOKIE = "__Host-valetkey-session"
BROWSER_COOKIE = "__Host-valetkey-browser"
_HANDLE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """
    A browser in front of us.

    Attributes:
        csrf_token: what its forms carry; it changes when somebody signs in.
        new_cookie: the browser cookie that it does not have yet.

    """

    browser: Browser
    csrf_token: str
    new_cookie: str | None

    def greet(self, response: Response) -> Response:
        """Give the browser its cookie with whatever answer it gets."""
        if self.new_cookie is not None:
            _set(response, BROWSER_COOKIE, self.new_cookie, max_age=None)
        return response


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitors:
    """Recognises browsers, and refuses forms that other sites made them send."""

    recognise: Recognise
    origin: str

    async def look(self, request: Request) -> Visitor:
        """Who is there; a browser that we never saw is given a name."""
        cookie = request.cookies.get(BROWSER_COOKIE, "")
        # A name that is not of our making could be guessed, and its tokens with it.
        new_cookie = None if _HANDLE.fullmatch(cookie) else new_handle()
        secret = new_cookie or cookie
        browser = await self.recognise.browser(
            secret,
            request.cookies.get(SESSION_COOKIE),
            ip=ip(request),
            device=device(request.headers.get("user-agent", "")),
        )
        session = browser.session.key if browser.session else ""
        return Visitor(
            browser=browser,
            # Of a secret that only this browser has, and of who is signed in.
            csrf_token=fingerprint(f"csrf:{secret}:{session}"),
            new_cookie=new_cookie,
        )

    async def read_form(
        self, request: Request, *, joined: frozenset[str] = frozenset()
    ) -> tuple[Visitor, dict[str, str]]:
        """
        The form that this browser sent from one of our own pages.

        Raises:
            AccessDenied: another site made it, or it is from before a sign-in.

        """
        self.check_same_site(request)
        form = await read_page_form(request, joined=joined)
        visitor = await self.look(request)
        self.check_token(visitor, form.pop("csrf_token", ""))
        return visitor, form

    def check_same_site(self, request: Request) -> None:
        """What the browser itself says about who sent this (Fetch Metadata)."""
        site = request.headers.get("sec-fetch-site")
        origin = request.headers.get("origin")
        if site is not None:
            trusted = site in {"same-origin", "none"}
        else:
            trusted = origin in {None, self.origin}
        if not trusted:
            raise AccessDenied("the form was sent by another site", detail="csrf")

    def check_token(self, visitor: Visitor, csrf_token: str) -> None:
        """The token is the one that we gave to this browser, for this session."""
        if not compare_digest(csrf_token.encode(), visitor.csrf_token.encode()):
            raise AccessDenied(
                "the form is too old, or from another session", detail="csrf"
            )


def sign_in(response: Response, cookie: str, *, remembered: bool) -> None:
    """Give the browser its session; without "remember" it goes with the browser."""
    age = int(ABSOLUTE.total_seconds()) if remembered else None
    _set(response, SESSION_COOKIE, cookie, max_age=age)


def sign_out(response: Response) -> None:
    """Take the session from the browser."""
    _set(response, SESSION_COOKIE, "", max_age=0)


def _set(response: Response, name: str, value: str, *, max_age: int | None) -> None:
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )
