"""GET /flows: every flow, and which of them can be started."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from client_demo.errors import ProviderUnavailable
from client_demo.menu import Here
from client_demo.provider import Provider
from client_demo.session import Session
from client_demo.web.pages import Pages
from client_demo.web.visits import Visits


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """Also part of the start page."""

    provider: Provider
    visits: Visits
    pages: Pages
    has_api: bool
    has_service: bool

    def add_to(self, router: APIRouter) -> None:
        """Name the path."""
        router.add_api_route("/flows", self.show, methods=["GET"])

    async def show(self, request: Request) -> Response:
        """Signed in or not."""
        session = await self.visits.find(request)
        return self.pages.show("flows", session=session, here=await self.here(session))

    async def here(self, session: Session | None) -> Here:
        """What can be started by whoever is there."""
        try:
            document = (await self.provider.metadata()).document
        except ProviderUnavailable:
            document = None
        return Here(
            document=document,
            signed_in=session is not None,
            has_api=self.has_api,
            has_service=self.has_service,
        )
