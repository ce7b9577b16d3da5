"""A password or a passkey against a person; a session; back to authorize."""

from dataclasses import dataclass

from auth_service.flows.authorize import Authorize
from auth_service.flows.begin_session import BeginSession, SignedIn
from auth_service.flows.check_passkey import CheckPasskey, WrongPasskey
from auth_service.flows.check_password import CheckPassword
from auth_service.flows.second_factor import NextFactor, SecondFactor
from auth_service.flows.visits import Visits
from auth_service.ports import Audit, Clients, Users
from auth_service.protocol.client import Client
from auth_service.protocol.interaction import Waiting
from auth_service.protocol.session import Browser


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The login page's work."""

    authorize: Authorize
    visits: Visits
    clients: Clients
    users: Users
    check_password: CheckPassword
    check_passkey: CheckPasskey
    second_factor: SecondFactor
    begin_session: BeginSession
    audit: Audit

    async def look(
        self, handle: str, browser: Browser
    ) -> tuple[Waiting, Client | None]:
        """The request that waits, and whose it is, to show the page."""
        waiting = await self.visits.find(handle, browser)
        return waiting, await self.clients.find(waiting.request.client_id)

    async def signed_in_name(self, browser: Browser) -> str | None:
        """Who is here already, and has to prove it once more."""
        if browser.session is None:
            return None
        user = await self.users.find(browser.session.subject)
        return user.username if user else None

    async def sign_in(
        self,
        identifier: str,
        password: str,
        browser: Browser,
        *,
        remembered: bool,
        handle: str | None,
        next_path: str | None,
    ) -> SignedIn | NextFactor:
        """
        Sign a person in, or send them on to their second factor.

        Raises:
            WrongPassword, SlowDown, InvalidRequest: see `CheckPassword.check`.
            FlowOver: the flow was finished or expired meanwhile.

        """
        if handle is not None:
            await self.visits.find(handle, browser)
        user = await self.check_password.check(identifier, password, ip=browser.ip)
        step = await self.second_factor.begin(
            user, browser, remembered=remembered, handle=handle, next_path=next_path
        )
        if step is not None:
            return step
        signed_in = await self.begin_session.open(
            user, browser, amr=("pwd",), remembered=remembered, handle=handle
        )
        await self.audit.record(
            "sign_in", subject=user.subject, ip=browser.ip, amr=["pwd"]
        )
        return signed_in

    async def by_passkey(
        self,
        credential: str,
        browser: Browser,
        *,
        remembered: bool,
        handle: str | None,
    ) -> SignedIn:
        """
        Sign in whoever a passkey belongs to; the device has verified them.

        Raises:
            WrongPasskey, SlowDown: see `CheckPasskey.check`.
            FlowOver: the flow was finished or expired meanwhile.

        """
        if handle is not None:
            await self.visits.find(handle, browser)
        passkey = await self.check_passkey.check(credential, browser)
        user = await self.users.find(passkey.subject)
        if user is None or user.disabled:
            raise WrongPasskey(detail="the account is disabled")
        signed_in = await self.begin_session.open(
            user, browser, amr=passkey.amr, remembered=remembered, handle=handle
        )
        await self.audit.record(
            "sign_in", subject=user.subject, ip=browser.ip, amr=list(passkey.amr)
        )
        return signed_in
