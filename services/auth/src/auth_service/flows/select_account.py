"""Which of those who are signed in here goes on (OIDC Core section 3.1.2.1)."""

from dataclasses import dataclass

from auth_service.flows.visits import Visit, Visits
from auth_service.ports import Clients, Users
from auth_service.protocol.client import Client
from auth_service.protocol.interaction import Waiting
from auth_service.protocol.session import Browser
from auth_service.protocol.user import User
from valetkey.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who is signed in here; `sid` names their session."""

    sid: str
    person: User


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """
    All that the chooser says.

    Attributes:
        current: who uses the browser now, if anybody does.

    """

    waiting: Waiting
    client: Client
    current: Account | None
    others: tuple[Account, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectAccount:
    """The chooser: an account that is signed in here, or another one."""

    visits: Visits
    clients: Clients
    users: Users

    async def ask(self, handle: str, browser: Browser) -> Choice | Visit:
        """The choice that waits; to the login page where nobody is signed in."""
        waiting = await self.visits.find(handle, browser)
        client = await self.clients.find(waiting.request.client_id)
        if client is None:
            raise InvalidRequest("the app is not known here any more")
        people = {
            person.subject: person
            for person in await self.users.find_all(
                [session.subject for session in browser.sessions]
            )
            if not person.disabled
        }
        accounts = [
            Account(session.sid, people[session.subject])
            for session in browser.sessions
            if session.subject in people
        ]
        if not accounts:
            return Visit("login", handle)
        mine = browser.session.sid if browser.session else None
        return Choice(
            waiting=waiting,
            client=client,
            current=next((each for each in accounts if each.sid == mine), None),
            others=tuple(each for each in accounts if each.sid != mine),
        )

    async def go_on(self, handle: str, browser: Browser, sid: str | None) -> Visit:
        """As one of those who are signed in here; None is who uses the browser now."""
        session = browser.session
        if sid is not None:
            named = (each for each in browser.sessions if each.sid == sid)
            session = next(named, None)
        if session is None:
            await self.visits.find(handle, browser)
            return Visit("login" if sid is None else "select_account", handle)
        waiting = await self.visits.take(handle, browser)
        visit = await self.visits.step(waiting, "select_account")
        return Visit(visit.page, visit.handle, session)

    async def switch(self, handle: str, browser: Browser) -> Visit:
        """As somebody who is not signed in here yet."""
        waiting = await self.visits.take(handle, browser)
        return await self.visits.ask_again(waiting)
