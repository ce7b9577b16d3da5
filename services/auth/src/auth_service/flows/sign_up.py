"""A new person: username, e-mail, password, profile."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from auth_service.flows.begin_session import BeginSession, SignedIn
from auth_service.flows.visits import Visits
from auth_service.ports import Attempts, Audit, NameTaken, Passwords, PeopleRegister
from auth_service.protocol.session import Browser
from auth_service.protocol.sign_up_form import Unusable, password_problem, read_profile
from auth_service.protocol.throttle import Throttle
from auth_service.protocol.user import User
from valetkey.errors import SlowDown

_TAKEN = "Somebody uses this already. Choose another, or sign in."


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """The register page's work."""

    visits: Visits
    users: PeopleRegister
    passwords: Passwords
    begin_session: BeginSession
    attempts: Attempts
    registrations: Throttle
    audit: Audit

    async def sign_up(
        self, values: Mapping[str, str], browser: Browser, *, handle: str | None
    ) -> SignedIn:
        """
        Register a person and sign them in.

        Raises:
            Unusable: with every field that cannot be taken.
            SlowDown: too many people were registered from this address.
            FlowOver: the flow was finished or expired meanwhile.

        """
        if handle is not None:
            await self.visits.find(handle, browser)
        user = self._read(values)
        wait = await self.attempts.reserve(f"sign-up:{browser.ip}", self.registrations)
        if wait:
            raise SlowDown(retry_after=wait, detail="too many registrations")
        password_hash = await self.passwords.hash(values.get("password", ""))
        try:
            await self.users.add(user, password_hash)
        except NameTaken as taken:
            raise Unusable({taken.field: _TAKEN}) from None
        await self.audit.record("sign_up", subject=user.subject, ip=browser.ip)
        return await self.begin_session.open(
            user, browser, amr=("pwd",), remembered=False, handle=handle
        )

    def _read(self, values: Mapping[str, str]) -> User:
        errors: dict[str, str] = {}
        names = (values.get("username", ""), values.get("email", ""))
        problem = password_problem(values.get("password", ""), about=names)
        if problem:
            errors["password"] = problem
        blank = User(subject=uuid4().hex, username="", email="", name="")
        try:
            user = read_profile(values, blank)
        except Unusable as unusable:
            errors = {**unusable.errors, **errors}
        if errors:
            raise Unusable(errors)
        return user
