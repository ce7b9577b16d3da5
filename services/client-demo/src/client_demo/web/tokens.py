"""POST /refresh: trade the refresh token now."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from client_demo.outbound import Trace
from client_demo.renewal import Renewal
from client_demo.sessions import Sessions
from client_demo.web.visits import Visits


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensPage:
    """The button that shows a rotation."""

    renewal: Renewal
    sessions: Sessions
    visits: Visits

    def add_to(self, router: APIRouter) -> None:
        """Name the paths."""
        router.add_api_route("/refresh", self.refresh, methods=["POST"])

    async def refresh(self, request: Request) -> Response:
        """New tokens for the refresh token (RFC 6749 section 6)."""
        session, _ = await self.visits.read_session_form(request)
        trace = Trace()
        try:
            await self.renewal.renew(session, trace)
        finally:
            await self.sessions.record(session.key, trace.messages)
        return RedirectResponse("/?after=refreshed", 303)
