"""Who is asking, and whether a form came from one of our own pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest

from fastapi import Request

from client_demo.errors import BadRequest, ForgedRequest, SignedOut
from client_demo.session import Session
from client_demo.sessions import Sessions
from client_demo.web.cookies import SESSION
from valetkey.errors import InvalidRequest
from valetkey.parameters import is_form, read_parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """`origin` is this application's own, as browsers name it."""

    sessions: Sessions
    origin: str

    async def find(self, request: Request) -> Session | None:
        """The session of the browser's cookie, if it has one that lives."""
        handle = request.cookies.get(SESSION)
        return await self.sessions.find(handle) if handle else None

    async def check_form(self, request: Request) -> Session | None:
        """
        A form for whoever is there; the session, if there is one.

        Raises:
            ForgedRequest: it came from another site or another session's page.

        """
        form = await self.read_own_form(request)
        session = await self.find(request)
        if session is not None:
            _check_token(form, session)
        return session

    async def require(self, request: Request) -> Session:
        """
        The session of the browser's cookie.

        Raises:
            SignedOut: there is none.

        """
        session = await self.find(request)
        if session is None:
            raise SignedOut
        return session

    async def read_own_form(self, request: Request) -> dict[str, str]:
        """
        A form that one of our pages sent, as the browser says.

        Raises:
            ForgedRequest: the browser says that another site sent it.
            BadRequest: it is not a form, or a field is repeated.

        """
        site = request.headers.get("sec-fetch-site")
        # Under our Referrer-Policy a browser sends "Origin: null" with its own
        # forms, so Origin decides only where Sec-Fetch-Site is missing.
        origin = request.headers.get("origin", self.origin)
        if site != "same-origin" and (site is not None or origin != self.origin):
            raise ForgedRequest("Sec-Fetch-Site or Origin is another site's")
        if not is_form(request.headers.get("content-type")):
            raise BadRequest("the body is not a form")
        return read(await request.body())

    async def read_session_form(
        self, request: Request
    ) -> tuple[Session, dict[str, str]]:
        """
        A form of a page of this session.

        Raises:
            SignedOut: there is no session.
            ForgedRequest: it came from another site or another session's page.

        """
        form = await self.read_own_form(request)
        session = await self.require(request)
        _check_token(form, session)
        return session, form


def _check_token(form: Mapping[str, str], session: Session) -> None:
    token = form.get("csrf_token", "")
    if not compare_digest(token.encode(), session.person.csrf_token.encode()):
        raise ForgedRequest("csrf_token is not the session's")


def read_query(request: Request) -> dict[str, str]:
    """
    The query, each parameter once.

    Raises:
        BadRequest: one is repeated, too long or not UTF-8.

    """
    return read(request.scope["query_string"])


def read(raw: bytes) -> dict[str, str]:
    """
    Parameters, each once.

    Raises:
        BadRequest: one is repeated, too long or not UTF-8.

    """
    try:
        return read_parameters(raw)
    except InvalidRequest as error:
        raise BadRequest(error.description) from None
