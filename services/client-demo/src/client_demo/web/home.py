"""GET /: what this is, or who is signed in; GET /steps: what went over the wire."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from client_demo.oauth.attempt import Registration
from client_demo.session import Session
from client_demo.sessions import Sessions
from client_demo.web.pages import Pages
from client_demo.web.runs import RunPage
from client_demo.web.visits import Visits, read_query

#: What was just done, told once on the page that follows.
NOTICES = {
    "signed-out": "You are signed out here. The provider may still know you.",
    "signed-out-everywhere": "You are signed out here and at the provider.",
    "session-ended": "Your session could not be renewed and has ended. "
    "Please sign in again.",
    "sign-in-first": "Sign in first, please.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The start page and the page of messages."""

    issuer: str
    registration: Registration
    sessions: Sessions
    visits: Visits
    pages: Pages
    page: RunPage

    def add_to(self, router: APIRouter) -> None:
        """Name the paths."""
        router.add_api_route("/", self.home, methods=["GET"])
        router.add_api_route("/steps", self.steps, methods=["GET"])

    async def home(self, request: Request) -> Response:
        """Signed out or signed in."""
        query = read_query(request)
        # A provider that signed the person out returns the state that we sent.
        notice = NOTICES.get(query.get("after", ""))
        if await self._left(request, query.get("state")):
            notice = NOTICES["signed-out-everywhere"]
        session = await self.visits.find(request)
        if session is None:
            return self.pages.show(
                "signed_out",
                notice=notice,
                issuer=self.issuer,
                registration=self.registration,
                here=await self.page.menu.here(None),
            )
        return await self._signed_in(session, notice)

    async def _left(self, request: Request, state: str | None) -> bool:
        """Whether this browser was sent to the provider to sign out there."""
        run = None if state is None else await self.page.find(request, "logout")
        return run is not None and run.state == state

    async def _signed_in(self, session: Session, notice: str | None) -> Response:
        return self.pages.show(
            "signed_in",
            notice=notice,
            issuer=self.issuer,
            registration=self.registration,
            session=session,
            here=await self.page.menu.here(session),
            messages=await self.sessions.messages(session.key),
        )

    async def steps(self, request: Request) -> Response:
        """Every message of this session, in order."""
        session = await self.visits.require(request)
        messages = await self.sessions.messages(session.key)
        return self.pages.show("steps", session=session, messages=messages)
