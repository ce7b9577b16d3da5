"""POST /sign-out: here only; POST /sign-out-everywhere: at the provider too."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from client_demo.errors import ProviderUnavailable
from client_demo.oauth.attempt import with_query
from client_demo.outbound import Trace
from client_demo.provider import Provider
from client_demo.runs import Run
from client_demo.session import Session
from client_demo.sessions import Sessions
from client_demo.web.cookies import drop_session
from client_demo.web.runs import RunPage
from client_demo.web.visits import Visits
from client_demo.wire import browser_message
from valetkey.logs import get_logger
from valetkey.opaque import new_handle

log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOutPage:
    """Two ways to leave."""

    provider: Provider
    sessions: Sessions
    visits: Visits
    page: RunPage
    client_url: str

    def add_to(self, router: APIRouter) -> None:
        """Name the paths."""
        router.add_api_route("/sign-out", self.here, methods=["POST"])
        router.add_api_route("/sign-out-everywhere", self.everywhere, methods=["POST"])

    async def here(self, request: Request) -> Response:
        """Give the refresh token back and forget the session."""
        session, _ = await self.visits.read_session_form(request)
        await self._forget(session, Trace())
        return _leave("/?after=signed-out")

    async def everywhere(self, request: Request) -> Response:
        """The same, then to the provider (OIDC RP-Initiated Logout section 2)."""
        session, _ = await self.visits.read_session_form(request)
        metadata = await self.provider.metadata()
        trace = Trace()
        await self._forget(session, trace)
        endpoint = metadata.endpoint("end_session_endpoint")
        if endpoint is None:
            return _leave("/?after=signed-out")
        state = new_handle()
        url = with_query(endpoint, self._logout_request(session, state))
        now = int(self.provider.clock.now().timestamp())
        run = Run(
            flow="logout",
            outcome="You were signed out here, then sent to the provider.",
            messages=(*trace.messages, browser_message("Logout request", url, at=now)),
            state=state,
        )
        response = _leave(url)
        await self.page.keep(request, response, run)
        return response

    def _logout_request(self, session: Session, state: str) -> dict[str, str]:
        """OpenID Connect RP-Initiated Logout section 2."""
        request = {
            "client_id": self.provider.registration.client_id,
            "post_logout_redirect_uri": f"{self.client_url}/",
            # The provider returns it; the start page then says what happened.
            "state": state,
        }
        if session.tokens.id_token is not None:
            request["id_token_hint"] = session.tokens.id_token
        return request

    async def _forget(self, session: Session, trace: Trace) -> None:
        # First here: whatever the provider does, this browser is signed out.
        await self.sessions.end(session.key)
        token = session.tokens.refresh_token
        if token is None:
            return
        try:
            await self.provider.revoke(token, trace)
        except ProviderUnavailable as error:
            log.warning("not_revoked", detail=error.detail)


def _leave(url: str) -> Response:
    response = RedirectResponse(url, 303)
    drop_session(response)
    return response
