"""/notes: the person's notes, fetched and changed through the API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from client_demo.notes import NotesApi
from client_demo.outbound import Trace
from client_demo.session import Session
from client_demo.sessions import Sessions
from client_demo.web.pages import Pages
from client_demo.web.visits import Visits


@dataclass(frozen=True, slots=True, kw_only=True)
class NotesPage:
    """What the access token is good for."""

    api: NotesApi
    sessions: Sessions
    visits: Visits
    pages: Pages

    def add_to(self, router: APIRouter) -> None:
        """Name the paths."""
        router.add_api_route("/notes", self.show, methods=["GET"])
        router.add_api_route("/notes", self.add, methods=["POST"])
        router.add_api_route("/notes/delete", self.delete, methods=["POST"])

    async def show(self, request: Request) -> Response:
        """Whom the token speaks for, and their notes."""
        session = await self.visits.require(request)
        async with self._recorded(session) as trace:
            me = await self.api.me(session, trace)
            notes = await self.api.notes(session, trace)
        return self.pages.show(
            "notes", session=session, me=me, notes=notes, messages=trace.messages
        )

    async def add(self, request: Request) -> Response:
        """Write a note."""
        session, form = await self.visits.read_session_form(request)
        title = form.get("title", "")
        # Forms send line ends as CRLF, whatever was typed.
        text = form.get("text", "").replace("\r\n", "\n")
        async with self._recorded(session) as trace:
            await self.api.add(session, trace, title=title, text=text)
        return RedirectResponse("/notes", 303)

    async def delete(self, request: Request) -> Response:
        """Delete a note."""
        session, form = await self.visits.read_session_form(request)
        async with self._recorded(session) as trace:
            await self.api.delete(session, trace, form.get("id", ""))
        return RedirectResponse("/notes", 303)

    @asynccontextmanager
    async def _recorded(self, session: Session) -> AsyncIterator[Trace]:
        """A trace that is kept, whatever happens."""
        trace = Trace()
        try:
            yield trace
        finally:
            await self.sessions.record(session.key, trace.messages)
