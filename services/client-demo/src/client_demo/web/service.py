"""POST /flows/client-credentials: a token for a service, and a call with it."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from client_demo.grants import Grants
from client_demo.notes import NotesApi
from client_demo.outbound import Trace
from client_demo.runs import Run
from client_demo.web.pages import titled
from client_demo.web.runs import RunPage


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePage:
    """A client of its own, beside this application's."""

    grants: Grants
    api: NotesApi | None
    page: RunPage

    def add_to(self, router: APIRouter) -> None:
        """Name the path."""
        router.add_api_route("/flows/client-credentials", self.run, methods=["POST"])

    async def run(self, request: Request) -> Response:
        """Nobody has to be signed in."""
        await self.page.visits.check_form(request)
        trace = Trace()
        with trace.told():
            tokens = await self.grants.client_credentials(trace)
            if self.api is not None:
                await self.api.show_to("/me", tokens, trace)
        run = Run(
            flow="client-credentials",
            outcome="The service has a token that speaks for itself and for nobody.",
            messages=tuple(trace.messages),
            tokens=titled(tokens),
        )
        return await self.page.kept(request, run)
