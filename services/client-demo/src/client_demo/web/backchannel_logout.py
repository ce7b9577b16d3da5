"""POST /backchannel-logout: the provider says that a session of its has ended."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from client_demo.errors import BadRequest, Refusal
from client_demo.oauth.logout_token import Logout
from client_demo.provider import Provider
from client_demo.sessions import Sessions
from client_demo.web.visits import read
from valetkey.logs import get_logger
from valetkey.parameters import is_form

log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackchannelLogout:
    """OpenID Connect Back-Channel Logout section 2; every answer is `no-store`."""

    provider: Provider
    sessions: Sessions

    def add_to(self, router: APIRouter) -> None:
        """Name the path."""
        router.add_api_route("/backchannel-logout", self.receive, methods=["POST"])

    async def receive(self, request: Request) -> JSONResponse:
        """200 where the sessions are gone, 400 whatever else (section 2.8)."""
        try:
            logout = await self._read(request)
            now = self.provider.clock.now()
            ended = await self.sessions.end_all(logout, now=now)
            if ended is None:
                raise BadRequest("this logout token was used before")
        except Refusal as refusal:
            log.info("logout_refused", detail=refusal.detail)
            told = {"error": "invalid_request", "error_description": refusal.detail}
            return JSONResponse(told, 400)
        log.info("logged_out", sessions=ended)
        return JSONResponse({})

    async def _read(self, request: Request) -> Logout:
        """The token; what else the form says is passed over (section 2.5)."""
        if not is_form(request.headers.get("content-type")):
            raise BadRequest("the body is not a form")
        token = read(await request.body()).get("logout_token")
        if token is None:
            raise BadRequest("logout_token is missing")
        return await self.provider.verify_logout_token(token)
