"""Whoever comes by browser: two cookies, and a token in every form that they send."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest

from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.begin_session import SignedIn
from auth_service.flows.recognise import Recognise
from auth_service.protocol.session import ABSOLUTE, MOST_ACCOUNTS, Browser, Session
from auth_service.web.read import ip, read_page_form
from auth_service.web.user_agent import device
from valetkey.errors import AccessDenied
from valetkey.opaque import fingerprint, new_handle

#: The secrets of the sessions, with dots between them; whose is used now comes first.
SESSION_COOKIE = "__Host-valetkey-session"
BROWSER_COOKIE = "__Host-valetkey-browser"
_HANDLE = re.compile(r"[A-Za-z0-9_-]{43}")
_SESSIONS = re.compile(
    rf"(?:{_HANDLE.pattern})?(?:\.{_HANDLE.pattern}){{0,{MOST_ACCOUNTS - 1}}}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """
    A browser in front of us.

    Attributes:
        csrf_token: what its forms carry; it changes when somebody signs in.
        secrets: of the sessions in it, by their keys.
        new_cookie: the browser cookie that it does not have yet.

    """

    browser: Browser
    csrf_token: str
    secrets: Mapping[str, str]
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
        sessions = _split(request.cookies.get(SESSION_COOKIE, ""))
        browser = await self.recognise.browser(
            secret,
            sessions,
            ip=ip(request),
            device=device(request.headers.get("user-agent", "")),
        )
        session = browser.session.key if browser.session else ""
        return Visitor(
            browser=browser,
            # Of a secret that only this browser has, and of who is signed in.
            csrf_token=fingerprint(f"csrf:{secret}:{session}"),
            secrets={fingerprint(each): each for each in sessions},
            new_cookie=new_cookie,
        )

    async def read_form(
        self, request: Request, *, joined: frozenset[str] = frozenset()
    ) -> tuple[Visitor, dict[str, str]]:
        """
        The form that this browser sent from one of our own pages.

        Any other is refused (OIDC Core section 3.1.2.3, RFC 6749 section 10.12).

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


def sign_in(response: Response, signed_in: SignedIn, visitor: Visitor) -> None:
    """Give the browser its new session, beside those of other people."""
    session = signed_in.session
    secrets = {**visitor.secrets, session.key: signed_in.cookie}
    _keep(response, secrets, session, signed_in.others)


def choose(response: Response, session: Session, visitor: Visitor) -> None:
    """Somebody else of those who are signed in uses the browser from now on."""
    browser = visitor.browser.used_by(session)
    _keep(response, visitor.secrets, browser.session, browser.others)


def sign_out(response: Response, ended: Sequence[Session], visitor: Visitor) -> None:
    """Take sessions from the browser; nobody takes the place of whoever used it."""
    keys, browser = {session.key for session in ended}, visitor.browser
    session = browser.session
    _keep(
        response,
        visitor.secrets,
        None if session and session.key in keys else session,
        [each for each in browser.others if each.key not in keys],
    )


def _keep(
    response: Response,
    secrets: Mapping[str, str],
    session: Session | None,
    others: Sequence[Session],
) -> None:
    """One cookie for all; where one of them does not stay, it goes with the browser."""
    everybody = [*filter(None, (session,)), *others]
    if not everybody:
        _set(response, SESSION_COOKIE, "", max_age=0)
        return
    first = secrets[session.key] if session else ""
    cookie = ".".join([first, *(secrets[each.key] for each in others)])
    stays = all(each.remembered for each in everybody)
    age = int(ABSOLUTE.total_seconds()) if stays else None
    _set(response, SESSION_COOKIE, cookie, max_age=age)


def _split(cookie: str) -> list[str]:
    """The secrets in a cookie of ours; none in any other."""
    return cookie.split(".") if _SESSIONS.fullmatch(cookie) else []


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
