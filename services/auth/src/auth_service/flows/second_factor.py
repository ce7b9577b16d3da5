"""The step after a right password, for people who have more than a password."""

from dataclasses import dataclass

from auth_service.flows.begin_session import BeginSession, SignedIn
from auth_service.flows.check_passkey import CheckPasskey
from auth_service.flows.visits import Visits
from auth_service.ports import (
    Attempts,
    Audit,
    Clients,
    OneTimePasswords,
    PeopleRegister,
    SecondFactors,
    Tokens,
)
from auth_service.protocol.acr import reached
from auth_service.protocol.authorization_request import AuthorizationRequest
from auth_service.protocol.client import Client
from auth_service.protocol.factors import (
    STEP_LIFETIME,
    Factors,
    PendingSignIn,
    read_code,
)
from auth_service.protocol.interaction import FlowOver
from auth_service.protocol.session import Browser
from auth_service.protocol.throttle import FACTOR
from auth_service.protocol.user import User
from valetkey.clock import Clock
from valetkey.errors import AccessDenied, SlowDown
from valetkey.opaque import fingerprint, new_handle

_BY_CODE = ("pwd", "otp", "mfa")
#: A recovery code is something that one has, but no one-time password of an app.
_BY_RECOVERY_CODE = ("pwd", "mfa")


class WrongFactor(AccessDenied):
    """The code is not right, used, or too old; the page says so and asks again."""


@dataclass(frozen=True, slots=True)
class NextFactor:
    """The password was right; `pending` names what waits for the second factor."""

    pending: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorStep:
    """
    All that the page says.

    Attributes:
        options: for the browser, where a passkey will do; None where none is.
        codes: whether the codes of an app will do.
        client: the app that the person comes from, where its answer leads, and the
            languages that it asks for.

    """

    factors: Factors
    options: str | None
    codes: bool
    client: Client | None
    redirect_uri: str | None
    ui_locales: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """Nothing is signed in before this step is done, and it is done once."""

    visits: Visits
    clients: Clients
    users: PeopleRegister
    factors: SecondFactors
    check_passkey: CheckPasskey
    one_time_passwords: OneTimePasswords
    steps: Tokens[PendingSignIn]
    attempts: Attempts
    begin_session: BeginSession
    audit: Audit
    clock: Clock

    async def begin(
        self,
        user: User,
        browser: Browser,
        *,
        remembered: bool,
        handle: str | None,
        next_path: str | None,
    ) -> NextFactor | None:
        """The step, if this person has a second factor."""
        if not (await self.factors.of(user.subject)).required:
            return None
        pending = PendingSignIn(
            browser_key=browser.key,
            subject=user.subject,
            password=await self._password(user),
            remembered=remembered,
            handle=handle,
            next=next_path,
        )
        name = new_handle()
        await self.steps.put(name, pending, lifetime=STEP_LIFETIME)
        return NextFactor(name)

    async def look(self, name: str, browser: Browser) -> FactorStep:
        """
        What the page says.

        Raises:
            FlowOver: nothing does, or not any more.

        """
        pending, _ = await self._find(name, browser)
        factors = await self.factors.of(pending.subject)
        request, client = None, None
        if pending.handle is not None:
            request = (await self.visits.find(pending.handle, browser)).request
            client = await self.clients.find(request.client_id)
        options = None
        if factors.passkeys:
            options = await self.check_passkey.ask(browser, subject=pending.subject)
        return FactorStep(
            factors=factors,
            options=options,
            codes=factors.authenticator and not (options and _wants_more(request)),
            client=client,
            redirect_uri=request.reply_to.redirect_uri if request else None,
            ui_locales=request.ui_locales if request else None,
        )

    async def find(self, name: str, browser: Browser) -> PendingSignIn:
        """
        What waits in this browser.

        Raises:
            FlowOver: nothing does, or not any more.

        """
        return (await self._find(name, browser))[0]

    async def by_code(self, name: str, code: str, browser: Browser) -> SignedIn:
        """
        Sign in by the code of an app, or by a recovery code in its place.

        Raises:
            WrongFactor: it is another, or it was used.
            SlowDown: too many were wrong.
            FlowOver: the step is done or over.

        """
        pending, user = await self._find(name, browser)
        key = f"factor:{pending.subject}"
        # Counted before it is looked at: guesses at the same moment count each.
        wait = await self.attempts.reserve(key, FACTOR)
        if wait:
            raise SlowDown(retry_after=wait, detail="too many wrong codes")
        amr = await self._use(pending.subject, read_code(code))
        if amr is None:
            await self.audit.record(
                "second_factor.refused", subject=pending.subject, ip=browser.ip
            )
            raise WrongFactor(detail="wrong second factor")
        await self.attempts.forget(key)
        return await self._finish(name, user, browser, amr)

    async def by_passkey(
        self, name: str, credential: str, browser: Browser
    ) -> SignedIn:
        """
        Sign in by a passkey of the person whose password it was.

        Raises:
            WrongPasskey, SlowDown: see `CheckPasskey.check`.
            FlowOver: the step is done or over.

        """
        pending, user = await self._find(name, browser)
        passkey = await self.check_passkey.check(
            credential, browser, subject=pending.subject
        )
        return await self._finish(name, user, browser, ("pwd", *passkey.amr))

    async def _use(self, subject: str, code: str) -> tuple[str, ...] | None:
        """How the code proves who they are; it is used up. None where it does not."""
        secret = await self.factors.find_secret(subject)
        if secret is not None:
            now = self.clock.now()
            step = self.one_time_passwords.step_of(secret, code, now)
            if step is not None and await self.factors.use_step(subject, step):
                return _BY_CODE
        if await self.factors.use_recovery_code(subject, code):
            await self.audit.record("recovery_code.used", subject=subject)
            return _BY_RECOVERY_CODE
        return None

    async def _finish(
        self, name: str, user: User, browser: Browser, amr: tuple[str, ...]
    ) -> SignedIn:
        pending = await self.steps.take(name)
        if pending is None:
            raise FlowOver(None)  # done in another tab
        signed_in = await self.begin_session.open(
            user,
            browser,
            amr=amr,
            remembered=pending.remembered,
            handle=pending.handle,
        )
        await self.audit.record(
            "sign_in", subject=user.subject, ip=browser.ip, amr=list(amr)
        )
        return signed_in

    async def _find(self, name: str, browser: Browser) -> tuple[PendingSignIn, User]:
        """Of this browser; the account is not disabled, the password not changed."""
        pending = await self.steps.find(name)
        if pending is None or pending.browser_key != browser.key:
            raise FlowOver(None)
        user = await self.users.find(pending.subject)
        if user is None or user.disabled:
            raise FlowOver(None)
        if await self._password(user) != pending.password:
            raise FlowOver(None)
        return pending, user

    async def _password(self, user: User) -> str:
        found = await self.users.find_by_identifier(user.username)
        return fingerprint(found[1]) if found else ""


def _wants_more(request: AuthorizationRequest | None) -> bool:
    """Whether a code would not be what the app asks for."""
    if request is None:
        return False
    asked = {*request.essential_acr} or {*request.acr_values}
    return bool(asked) and not asked & {*reached(_BY_CODE)}
