"""POST /sign-out: here only; POST /sign-out-everywhere: at the provider too."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from client_demo.errors import ProviderUnavailable
from client_demo.oauth.attempt import with_query
from client_demo.outbound import Trace
from client_demo.provider import Provider
from client_demo.session import Session
from client_demo.sessions import Sessions
from client_demo.web.cookies import drop_session
from client_demo.web.visits import Visits
from valetkey.logs import get_logger

log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOutPage:
    """Two ways to leave."""

    provider: Provider
    sessions: Sessions
    visits: Visits
    client_url: str

    def add_to(self, router: APIRouter) -> None:
        """Name the paths."""
        router.add_api_route("/sign-out", self.here, methods=["POST"])
        router.add_api_route("/sign-out-everywhere", self.everywhere, methods=["POST"])

    async def here(self, request: Request) -> Response:
        """Give the refresh token back and forget the session."""
        session, _ = await self.visits.read_session_form(request)
        await self._forget(session)
        return _leave("/?after=signed-out")

    async def everywhere(self, request: Request) -> Response:
        """The same, then to the provider (OIDC RP-Initiated Logout section 2)."""
        session, _ = await self.visits.read_session_form(request)
        metadata = await self.provider.metadata()
        await self._forget(session)
        endpoint = metadata.endpoint("end_session_endpoint")
        if endpoint is None:
            return _leave("/?after=signed-out")
        request_parameters = {
            "client_id": self.provider.registration.client_id,
            "post_logout_redirect_uri": f"{self.client_url}/",
            # The provider returns it; the start page then says what happened.
            "state": "signed-out-everywhere",
        }
        if session.tokens.id_token is not None:
            request_parameters["id_token_hint"] = session.tokens.id_token
        return _leave(with_query(endpoint, request_parameters))

    async def _forget(self, session: Session) -> None:
        # First here: whatever the provider does, this browser is signed out.
        await self.sessions.end(session.key)
        token = session.tokens.refresh_token
        if token is None:
            return
        try:
            await self.provider.revoke(token, Trace())
        except ProviderUnavailable as error:
            log.warning("not_revoked", detail=error.detail)


def _leave(url: str) -> Response:
    response = RedirectResponse(url, 303)
    drop_session(response)
    return response
