"""Whether who is signed in here is who goes on (OIDC Core section 3.1.2.1)."""

from dataclasses import dataclass

from auth_service.flows.visits import Visit, Visits
from auth_service.ports import Clients, Users
from auth_service.protocol.client import Client
from auth_service.protocol.interaction import Waiting
from auth_service.protocol.session import Browser
from auth_service.protocol.user import User
from valetkey.errors import InvalidRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """All that the chooser says."""

    waiting: Waiting
    client: Client
    person: User


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectAccount:
    """prompt=select_account: a browser has one account at a time, or another one."""

    visits: Visits
    clients: Clients
    users: Users

    async def ask(self, handle: str, browser: Browser) -> Choice | Visit:
        """The choice that waits; to the login page for whoever is not signed in."""
        waiting = await self.visits.find(handle, browser)
        if browser.session is None:
            return Visit("login", handle)
        client = await self.clients.find(waiting.request.client_id)
        person = await self.users.find(browser.session.subject)
        if client is None or person is None:
            raise InvalidRequest("the app is not known here any more")
        return Choice(waiting=waiting, client=client, person=person)

    async def go_on(self, handle: str, browser: Browser) -> Visit:
        """As who is signed in here."""
        if browser.session is None:
            return Visit("login", handle)
        waiting = await self.visits.take(handle, browser)
        return await self.visits.step(waiting, "select_account")
