"""A password against a person; a session; back to authorize."""

from dataclasses import dataclass

from auth_service.flows.authorize import Authorize
from auth_service.flows.begin_session import BeginSession, SignedIn
from auth_service.flows.check_password import CheckPassword
from auth_service.flows.visits import Visits
from auth_service.ports import Audit, Clients
from auth_service.protocol.client import Client
from auth_service.protocol.interaction import Waiting
from auth_service.protocol.session import Browser


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The login page's work."""

    authorize: Authorize
    visits: Visits
    clients: Clients
    check_password: CheckPassword
    begin_session: BeginSession
    audit: Audit

    async def look(
        self, handle: str, browser: Browser
    ) -> tuple[Waiting, Client | None]:
        """The request that waits, and whose it is, to show the page."""
        waiting = await self.visits.find(handle, browser)
        return waiting, await self.clients.find(waiting.request.client_id)

    async def sign_in(
        self,
        identifier: str,
        password: str,
        browser: Browser,
        *,
        remembered: bool,
        handle: str | None,
    ) -> SignedIn:
        """
        Sign a person in.

        Raises:
            WrongPassword, SlowDown, InvalidRequest: see `CheckPassword.check`.
            FlowOver: the flow was finished or expired meanwhile.

        """
        if handle is not None:
            await self.visits.find(handle, browser)
        user = await self.check_password.check(identifier, password, ip=browser.ip)
        signed_in = await self.begin_session.open(
            user, browser, amr=("pwd",), remembered=remembered, handle=handle
        )
        await self.audit.record("sign_in", subject=user.subject, ip=browser.ip)
        return signed_in
