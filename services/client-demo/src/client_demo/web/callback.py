"""GET /callback: the provider's answer; POST /callback: go on with it."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from client_demo.attempts import Arrived, flow_of
from client_demo.sessions import Sessions
from client_demo.sign_in import SignIn
from client_demo.web.cookies import drop_flow, flow_cookie, keep_session
from client_demo.web.pages import Pages
from client_demo.web.visits import Visits, read_query


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPage:
    """Our redirect_uri."""

    sign_in: SignIn
    sessions: Sessions
    visits: Visits
    pages: Pages

    def add_to(self, router: APIRouter) -> None:
        """Name the paths."""
        router.add_api_route("/callback", self.arrive, methods=["GET"])
        router.add_api_route("/callback", self.resume, methods=["POST"])

    async def arrive(self, request: Request) -> Response:
        """The browser brings the answer (RFC 6749 section 4.1.2)."""
        query = read_query(request)
        browser = flow_cookie(request, flow_of(query.get("state", "")))
        arrived = await self.sign_in.arrive(query, browser)
        if not arrived.attempt.wish.step_by_step:
            return await self._finish(request, arrived)
        await self.sign_in.pause(arrived, browser)
        return self.pages.show(
            "step_callback",
            messages=arrived.messages,
            state=arrived.attempt.state,
            checks=arrived.checks,
        )

    async def resume(self, request: Request) -> Response:
        """Step by step: the person has read what came and wants to go on."""
        form = await self.visits.read_own_form(request)
        state = form.get("state", "")
        browser = flow_cookie(request, flow_of(state))
        return await self._finish(request, await self.sign_in.resume(state, browser))

    async def _finish(self, request: Request, arrived: Arrived) -> Response:
        finished = await self.sign_in.finish(arrived)
        # The session before, if any, was another sign-in's: its handle dies with it.
        before = await self.visits.find(request)
        if before is not None:
            await self.sessions.end(before.key)
        response = RedirectResponse(finished.return_to, 303)
        keep_session(response, finished.handle)
        drop_flow(response, flow_of(arrived.attempt.state))
        return response
