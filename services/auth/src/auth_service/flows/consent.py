"""What is asked, what was answered; back to authorize."""

from dataclasses import dataclass

from auth_service.flows.respond import Leave, Respond
from auth_service.flows.visits import Visit, Visits
from auth_service.ports import Clients, Consents, Resources, Users
from auth_service.protocol.claims_request import PERMISSIONS, covered, permissions
from auth_service.protocol.client import Client
from auth_service.protocol.interaction import Waiting
from auth_service.protocol.reply import Reply
from auth_service.protocol.scopes import Resource, Scope
from auth_service.protocol.session import Browser
from auth_service.protocol.user import User
from valetkey.errors import AccessDenied, InvalidRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """All that the consent page says."""

    waiting: Waiting
    client: Client
    person: User
    resources: tuple[Resource, ...]
    new_scopes: tuple[Scope, ...]
    granted_scopes: tuple[Scope, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A person says yes or no to an app."""

    visits: Visits
    respond: Respond
    clients: Clients
    consents: Consents
    resources: Resources
    users: Users

    async def ask(self, handle: str, browser: Browser) -> Question | Visit:
        """The question that waits; to the login page for whoever is not signed in."""
        waiting = await self.visits.find(handle, browser)
        if browser.session is None:
            return Visit("login", handle)
        request, subject = waiting.request, browser.session.subject
        client = await self.clients.find(request.client_id)
        person = await self.users.find(subject)
        if client is None or person is None:
            raise InvalidRequest("the app is not known here any more")
        before = await self.consents.granted(
            subject, request.client_id, request.resources
        )
        if before is None:
            return Visit("login", handle)
        catalogue = await self.resources.catalogue()
        needed = permissions(request.scopes, request.claims)
        # Scopes and details, both (RFC 9396 section 3.1).
        asked = (
            *catalogue.describe(request.scopes),
            *(each for name, each in PERMISSIONS.items() if name in needed),
            *catalogue.describe_details(request.authorization_details),
        )
        allowed = covered(before.scopes)
        return Question(
            waiting=waiting,
            client=client,
            person=person,
            resources=tuple(
                r for r in catalogue.resources if r.identifier in request.resources
            ),
            new_scopes=tuple(s for s in asked if s.name not in allowed),
            granted_scopes=tuple(s for s in asked if s.name in allowed),
        )

    async def allow(self, handle: str, browser: Browser) -> Visit:
        """Yes, to what the stored request asks; a form cannot widen it."""
        if browser.session is None:
            return Visit("login", handle)
        waiting = await self.visits.take(handle, browser)
        request = waiting.request
        catalogue = await self.resources.catalogue()
        claims = permissions(request.scopes, request.claims) - request.scopes
        await self.consents.put(
            browser.session.subject,
            request.client_id,
            {
                resource: catalogue.at(request.scopes, resource) | claims
                for resource in request.resources or (None,)
            },
        )
        return await self.visits.step(waiting, "consent")

    async def switch(self, handle: str, browser: Browser) -> Visit:
        """Neither: somebody else is to answer, or to sign in first."""
        waiting = await self.visits.take(handle, browser)
        if browser.others:
            return await self.visits.choose_again(waiting)
        return await self.visits.ask_again(waiting)

    async def deny(self, handle: str, browser: Browser) -> Reply | Leave:
        """No, at the login page or at this one (RFC 6749 section 4.1.2.1)."""
        waiting = await self.visits.take(handle, browser)
        error = AccessDenied("the person said no")
        return await self.respond.refuse(error, waiting.request, browser)
