"""The device flow: POST /flows/device begins, GET /flows/device asks and shows."""

from dataclasses import dataclass, replace

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from client_demo.errors import AnswerRefused, TokenRefused
from client_demo.grants import Grants
from client_demo.oauth.device import Waiting
from client_demo.oauth.token_response import Tokens
from client_demo.outbound import Trace
from client_demo.runs import Run
from client_demo.web.cookies import RUNS
from client_demo.web.pages import titled
from client_demo.web.runs import RunPage

_FLOW = "device"


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePage:
    """A screen without a keyboard, played by a page that loads itself again."""

    grants: Grants
    page: RunPage

    def add_to(self, router: APIRouter) -> None:
        """Name the paths."""
        router.add_api_route("/flows/device", self.begin, methods=["POST"])
        router.add_api_route("/flows/device", self.show, methods=["GET"])

    async def begin(self, request: Request) -> Response:
        """Ask for a code (RFC 8628 section 3.1)."""
        await self.page.visits.check_form(request)
        trace = Trace()
        with trace.told():
            waiting = await self.grants.begin_device(trace)
        run = Run(
            flow=_FLOW,
            outcome="Waiting for the person who signs in elsewhere.",
            messages=tuple(trace.messages),
            waiting=waiting,
        )
        response = RedirectResponse("/flows/device", 303)
        browser = await self.page.keep(request, response, run)
        # The first question, too, comes only after the interval (section 3.5).
        await self.page.runs.may_ask(_FLOW, browser, every=waiting.interval)
        return response

    async def show(self, request: Request) -> Response:
        """What came of it; while nothing did, ask again when it is time."""
        run = await self.page.find(request, _FLOW)
        if run is not None and run.waiting is not None:
            run = await self._asked(request, run, run.waiting)
        return await self.page.page(request, run, _FLOW)

    async def _asked(self, request: Request, run: Run, waiting: Waiting) -> Run:
        browser, runs = request.cookies[RUNS], self.page.runs
        if not await runs.may_ask(_FLOW, browser, every=waiting.interval):
            return run
        # Of the questions that were too early, the last is enough.
        trace = Trace([run.messages[0]])
        try:
            answer = await self.grants.ask_for_device(waiting, trace)
        except (TokenRefused, AnswerRefused) as refusal:
            outcome = f"The provider gave no tokens: {refusal.detail}."
            run = replace(run, outcome=outcome, good=False, waiting=None)
        else:
            run = _answered(run, answer)
        run = replace(run, messages=tuple(trace.messages))
        await runs.put(run, browser)
        return run


def _answered(run: Run, answer: Tokens | Waiting) -> Run:
    if isinstance(answer, Waiting):
        return replace(run, waiting=answer)
    outcome = "The person signed in, and this screen has its tokens."
    return replace(run, outcome=outcome, tokens=titled(answer), waiting=None)
