"""Whoever is signed in here: the door to /account and /apps."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.account.profile import Profile
from auth_service.protocol.session import Browser, Session
from auth_service.protocol.user import User
from auth_service.web.errors import Handler, PageRoute
from auth_service.web.languages import speak
from auth_service.web.pages import page
from auth_service.web.read import UnsupportedMediaType, read_page_form, read_query
from auth_service.web.visitors import Visitor, Visitors
from valetkey.clock import Clock
from valetkey.errors import InvalidRequest

#: How old a sign-in may be where something is changed that opens the account.
FRESH = timedelta(minutes=10)
#: A boundary and nothing else: a charset is not ours to guess at (RFC 7578 s. 5.1.2).
_UPLOAD = re.compile(
    r"multipart/form-data; ?boundary=\"?([\w'()+,\-./:=?]{1,70}?)\"?", re.ASCII
)


class SignInFirst(Exception):
    """Nobody is signed in, or too long ago; `page` is where to come back to."""

    def __init__(self, page: str) -> None:
        super().__init__(page)
        self.page = page


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person who is signed in, and the browser in which they are."""

    visitor: Visitor
    person: User
    session: Session

    @property
    def browser(self) -> Browser:
        """The browser in front of us."""
        return self.visitor.browser

    @property
    def ip(self) -> str:
        """Where it connects from."""
        return self.visitor.browser.ip

    def show(
        self,
        name: str,
        *,
        status: int = 200,
        scripts: bool = False,
        retry_after: int | None = None,
        **context: object,
    ) -> Response:
        """A page for this person, whose forms only they can send."""
        token = self.visitor.csrf_token
        answer = page(
            name,
            status=status,
            form_action=None,
            scripts=scripts,
            retry_after=retry_after,
            csrf_token=token,
            administrator=self.person.administrator,
            **context,
        )
        return self.visitor.greet(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Lets people in who are signed in, and sends others to the login page."""

    visitors: Visitors
    profile: Profile
    clock: Clock

    async def look(
        self, request: Request, *, page: str | None = None, fresh: bool = False
    ) -> Member:
        """
        Who is there.

        Args:
            page: where to come back to after signing in, if not here.
            fresh: whether they have to have signed in within the last ten minutes.

        Raises:
            SignInFirst: nobody, nobody any more, or too long ago.

        """
        visitor = await self.visitors.look(request)
        person = await self.profile.person(visitor.browser)
        session = visitor.browser.session
        if person is None or session is None:
            raise SignInFirst(page or request.scope["path"])
        if fresh and self.clock.now() - session.auth_time > FRESH:
            raise SignInFirst(page or request.scope["path"])
        speak(person.locale)
        return Member(visitor=visitor, person=person, session=session)

    async def read_form(
        self,
        request: Request,
        *,
        page: str,
        joined: frozenset[str] = frozenset(),
        fresh: bool = False,
    ) -> tuple[Member, dict[str, str]]:
        """
        A form that this person sent from one of our own pages.

        Raises:
            SignInFirst: nobody is signed in any more, or, for `fresh`, too long ago.
            AccessDenied: another site made it, or it is from another session.

        """
        self.visitors.check_same_site(request)
        member = await self.look(request, page=page, fresh=fresh)
        form = await read_page_form(request, joined=joined)
        self.visitors.check_token(member.visitor, form.pop("csrf_token", ""))
        return member, form

    async def read_upload(
        self, request: Request, name: str, *, page: str
    ) -> tuple[Member, bytes]:
        """
        The one file of a form that this person sent; no bytes where none was chosen.

        Raises:
            SignInFirst, AccessDenied: see `read_form`.
            UnsupportedMediaType, InvalidRequest: no page of ours sent this.

        """
        self.visitors.check_same_site(request)
        member = await self.look(request, page=page)
        kind = _UPLOAD.fullmatch(request.headers.get("content-type", ""))
        if kind is None:
            raise UnsupportedMediaType("the body must be a form with a file")
        # Starlette forgets to close a file whose part never ends.
        if not (await request.body()).rstrip().endswith(f"--{kind[1]}--".encode()):
            raise InvalidRequest("the form breaks off")
        async with request.form(max_files=1, max_fields=1, max_part_size=1024) as form:
            token, file = form.get("csrf_token"), form.get(name)
            known = isinstance(token, str) and token.isascii()
            self.visitors.check_token(member.visitor, str(token) if known else "")
            if file is None or isinstance(file, str):
                raise InvalidRequest("the file is missing")
            return member, await file.read()


class _MemberRoute(PageRoute):
    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except SignInFirst as first:
                return see(f"/login?{urlencode({'next': first.page})}")

        return answer


def for_members() -> APIRouter:
    """A router whose pages are for people who are signed in."""
    return APIRouter(route_class=_MemberRoute, redirect_slashes=False)


def see(path: str) -> Response:
    """Go and look there: what a form's answer is once it is done (RFC 9110 15.4.4)."""
    return Response(status_code=303, headers={"location": path})


def notice(request: Request, said: Mapping[str, str]) -> str | None:
    """What was done a moment ago: one of our own sentences, by its name in `done`."""
    return said.get(read_query(request).get("done", ""))
