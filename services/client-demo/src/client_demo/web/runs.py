"""GET /flows/{name}: a flow, and what came of it the last time."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from client_demo.errors import PageNotFound
from client_demo.menu import FLOWS
from client_demo.runs import Run, Runs
from client_demo.web.cookies import RUNS, keep_runs
from client_demo.web.menu import Menu
from client_demo.web.pages import Pages
from client_demo.web.visits import Visits
from valetkey.opaque import new_handle

_FLOWS = {flow.name: flow for flow in FLOWS}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """Shows runs, and keeps them for the browser that made them."""

    runs: Runs
    visits: Visits
    pages: Pages
    menu: Menu

    def add_to(self, router: APIRouter) -> None:
        """Name the path."""
        router.add_api_route("/flows/{name}", self.show, methods=["GET"])

    async def show(self, request: Request) -> Response:
        """The flow's own page."""
        name = request.path_params["name"]
        return await self.page(request, await self.find(request, name), name)

    async def page(self, request: Request, run: Run | None, name: str) -> Response:
        """
        The page of a flow with this run.

        Raises:
            PageNotFound: there is no such flow.

        """
        if name not in _FLOWS:
            raise PageNotFound
        session = await self.visits.find(request)
        return self.pages.show(
            "flow",
            session=session,
            here=await self.menu.here(session),
            flow=_FLOWS[name],
            run=run,
        )

    async def find(self, request: Request, name: str) -> Run | None:
        """This browser's last run; a person's own is shown to nobody else."""
        browser = request.cookies.get(RUNS)
        run = None if browser is None else await self.runs.find(name, browser)
        if run is None or run.subject is None:
            return run
        session = await self.visits.find(request)
        return run if session and session.person.subject == run.subject else None

    async def keep(self, request: Request, response: Response, run: Run) -> str:
        """Remember a run for this browser; by what it is known from now on."""
        browser = request.cookies.get(RUNS) or new_handle()
        await self.runs.put(run, browser)
        keep_runs(response, browser)
        return browser

    async def kept(self, request: Request, run: Run) -> Response:
        """Remember a run and go to its page."""
        response = RedirectResponse(f"/flows/{run.flow}", 303)
        await self.keep(request, response, run)
        return response
