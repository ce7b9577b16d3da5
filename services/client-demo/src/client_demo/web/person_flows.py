"""Flows of somebody who is signed in: refresh, token exchange, step-up, renewal."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request, Response

from client_demo.errors import NotOffered
from client_demo.grants import Grants
from client_demo.notes import NotesApi
from client_demo.oauth.attempt import Wish
from client_demo.oauth.challenge import read_step_up
from client_demo.outbound import Answer, Trace
from client_demo.renewal import Renewal
from client_demo.runs import Run
from client_demo.session import Session
from client_demo.sessions import Sessions
from client_demo.sign_in import SignIn
from client_demo.web.pages import titled
from client_demo.web.runs import RunPage
from client_demo.web.sign_in import depart

_STEP_UP = "step-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFlows:
    """Each is a form of the session's own pages."""

    grants: Grants
    renewal: Renewal
    sign_in: SignIn
    sessions: Sessions
    api: NotesApi | None
    page: RunPage

    def add_to(self, router: APIRouter) -> None:
        """Name the paths."""
        for path, handler in (
            ("refresh", self.refresh),
            ("token-exchange", self.exchange),
            ("step-up", self.step_up),
            ("step-up/sign-in", self.sign_in_again),
            ("silent-renewal", self.renew_silently),
        ):
            router.add_api_route(f"/flows/{path}", handler, methods=["POST"])

    async def refresh(self, request: Request) -> Response:
        """New tokens for the refresh token, now (RFC 6749 section 6)."""
        session, _ = await self.page.visits.read_session_form(request)
        async with self._recorded(session) as trace:
            renewed = await self.renewal.renew(session, trace)
        same = renewed.tokens.refresh_token == session.tokens.refresh_token
        outcome = (
            "New tokens came, and the refresh token stays as it is."
            if same
            else "New tokens came, and the next refresh token; the old one is spent."
        )
        tokens = titled(renewed.tokens)
        return await self._kept(request, session, "refresh", outcome, trace, tokens)

    async def exchange(self, request: Request) -> Response:
        """A narrower token for the access token, and a call with it (RFC 8693)."""
        session, _ = await self.page.visits.read_session_form(request)
        async with self._recorded(session) as trace:
            fresh = await self.renewal.fresh(session, trace)
            exchanged = await self.grants.exchange(fresh.tokens, trace)
            if self.api is not None:
                await self.api.show_to("/me", exchanged, trace)
        outcome = "The provider gave another token, which can do less."
        tokens = (
            ("Before", fresh.tokens.access_token),
            ("After", exchanged.access_token),
        )
        name = "token-exchange"
        return await self._kept(request, session, name, outcome, trace, tokens)

    async def step_up(self, request: Request) -> Response:
        """
        Ask the API for something that it does only for a fresh sign-in (RFC 9470).

        What it wants is read from its challenge, and nowhere else.
        """
        session, _ = await self.page.visits.read_session_form(request)
        if self.api is None:
            raise NotOffered("RESOURCE_URL is not set")
        before = await self.page.find(request, _STEP_UP)
        async with self._recorded(session) as trace:
            answer = await self.api.delete_all(session, trace)
        if before is not None and before.step_up is not None:
            # The session is the new one, and begins with the messages of its sign-in.
            since = await self.sessions.messages(session.key)
            trace = Trace([*before.messages, *since])
        run = replace(_after(answer), messages=tuple(trace.messages))
        return await self.page.kept(
            request, replace(run, subject=session.person.subject)
        )

    async def sign_in_again(self, request: Request) -> Response:
        """To the provider, with what the API's challenge wants (section 4)."""
        session, _ = await self.page.visits.read_session_form(request)
        run = await self.page.find(request, _STEP_UP)
        if run is None or run.step_up is None:
            raise NotOffered("the API asked for nothing")
        wish = Wish(
            return_to=f"/flows/{_STEP_UP}",
            bound=session.tokens.key is not None,
            subject=session.person.subject,
            more=run.step_up.parameters,
        )
        return depart(request, self.page.pages, await self.sign_in.begin(wish))

    async def renew_silently(self, request: Request) -> Response:
        """`prompt=none`: a sign-in that shows no page, or an error (Core 3.1.2.1)."""
        session = await self.page.visits.check_form(request)
        more = {"prompt": "none"}
        if session is not None and session.tokens.id_token is not None:
            more["id_token_hint"] = session.tokens.id_token
        wish = Wish(
            return_to="/steps",
            bound=session is not None and session.tokens.key is not None,
            subject=None if session is None else session.person.subject,
            more=more,
        )
        return depart(request, self.page.pages, await self.sign_in.begin(wish))

    async def _kept(
        self,
        request: Request,
        session: Session,
        flow: str,
        outcome: str,
        trace: Trace,
        tokens: tuple[tuple[str, str], ...],
    ) -> Response:
        run = Run(
            flow=flow,
            outcome=outcome,
            messages=tuple(trace.messages),
            tokens=tokens,
            subject=session.person.subject,
        )
        return await self.page.kept(request, run)

    @asynccontextmanager
    async def _recorded(self, session: Session) -> AsyncIterator[Trace]:
        """A trace that is kept with the session, and shown with a refusal."""
        trace = Trace()
        try:
            with trace.told():
                yield trace
        finally:
            await self.sessions.record(session.key, trace.messages)


def _after(answer: Answer) -> Run:
    """What the API said to the deletion of everything."""
    step_up = None
    if answer.status == 401:
        step_up = read_step_up(answer.headers.get("www-authenticate", ""))
    if step_up is not None:
        outcome = "The API wants you to prove again who you are."
    elif answer.status < 300:
        outcome = "The API did it. Your sign-in was as fresh as it wants."
    else:
        outcome = f"The API said no, with status {answer.status}."
    good = step_up is not None or answer.status < 300
    return Run(flow=_STEP_UP, outcome=outcome, messages=(), good=good, step_up=step_up)
