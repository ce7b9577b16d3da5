"""Requests that wait at our pages: found, taken, sent a step forward."""

from dataclasses import dataclass, replace
from typing import Literal

from auth_service.ports import Clients, WaitingRequests
from auth_service.protocol.interaction import FlowOver, Waiting
from auth_service.protocol.session import Browser, Session
from valetkey.errors import InvalidRequest
from valetkey.opaque import new_handle

Page = Literal["login", "register", "select_account", "consent", "resume"]


@dataclass(frozen=True, slots=True)
class Visit:
    """
    To one of our pages, with a handle that is good for one step there.

    Attributes:
        session: of those signed in here, who uses the browser from now on; None
            leaves that as it is.

    """

    page: Page
    handle: str
    session: Session | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """A person on their way through our pages; each handle is good for one step."""

    clients: Clients
    waiting: WaitingRequests

    async def find(self, handle: str, browser: Browser) -> Waiting:
        """A request that waits in this browser, to show its page."""
        waiting = await self.waiting.find(handle)
        return await self._of_this_browser(waiting, handle, browser)

    async def take(self, handle: str, browser: Browser) -> Waiting:
        """A request that waits in this browser, to go a step forward."""
        # Found before it is taken: a stranger's try must not use the handle up.
        await self.find(handle, browser)
        waiting = await self.waiting.take(handle)
        return await self._of_this_browser(waiting, handle, browser)

    async def step(self, waiting: Waiting, *answered: str) -> Visit:
        """Send the person on to resume, with a new handle."""
        handle = new_handle()
        grown = waiting.answered.union(answered)
        await self.waiting.put(handle, replace(waiting, answered=grown))
        return Visit("resume", handle)

    async def ask_again(self, waiting: Waiting) -> Visit:
        """Send the person to the login page, whoever is signed in."""
        request = waiting.request
        anew = replace(
            waiting,
            request=replace(request, prompts=request.prompts | {"login"}),
            answered=waiting.answered - {"login"},
        )
        return await self.to("login", anew)

    async def choose_again(self, waiting: Waiting) -> Visit:
        """Send the person to choose among those who are signed in."""
        answered = waiting.answered - {"login", "select_account"}
        return await self.to("select_account", replace(waiting, answered=answered))

    async def to(self, page: Page, waiting: Waiting) -> Visit:
        """Send the person to a page."""
        handle = new_handle()
        await self.waiting.put(handle, waiting)
        return Visit(page, handle)

    async def _of_this_browser(
        self, waiting: Waiting | None, handle: str, browser: Browser
    ) -> Waiting:
        if waiting is None:
            client_id = await self.waiting.find_way_back(handle)
            client = await self.clients.find(client_id) if client_id else None
            raise FlowOver(client)
        if waiting.browser_key != browser.key:
            raise InvalidRequest(
                "this sign-in was begun in another browser",
                detail="a handle was opened in another browser",
            )
        return waiting
