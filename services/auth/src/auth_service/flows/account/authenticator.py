"""A person's authenticator app: set up, remove."""

from collections.abc import Sequence
from dataclasses import dataclass

from auth_service.flows.account.recovery_codes import RecoveryCodes
from auth_service.ports import Attempts, Audit, OneTimePasswords, SecondFactors, Tokens
from auth_service.protocol.factors import ENROLMENT_LIFETIME, Enrolment, read_code
from auth_service.protocol.message import say
from auth_service.protocol.sign_up_form import Unusable
from auth_service.protocol.throttle import FACTOR
from auth_service.protocol.user import User
from valetkey.clock import Clock
from valetkey.errors import SlowDown
from valetkey.opaque import new_handle


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """
    What the page shows.

    Attributes:
        name: of the enrolment, which the form sends back.
        uri: for the QR code.

    """

    name: str
    secret: str
    uri: str


class SetupOver(Exception):
    """It waited for too long, or is done; a new one has to be begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticator:
    """A secret is kept once the app has shown that it has it (RFC 6238)."""

    factors: SecondFactors
    one_time_passwords: OneTimePasswords
    enrolments: Tokens[Enrolment]
    recovery_codes: RecoveryCodes
    attempts: Attempts
    audit: Audit
    clock: Clock

    async def begin(self, person: User) -> Setup:
        """A new secret, which does not count yet."""
        name, secret = new_handle(), self.one_time_passwords.new_secret()
        await self.enrolments.put(
            name,
            Enrolment(subject=person.subject, secret=secret),
            lifetime=ENROLMENT_LIFETIME,
        )
        return self._setup(name, secret, person)

    async def look(self, name: str, person: User) -> Setup:
        """
        One that was begun.

        Raises:
            SetupOver: none of this person's.

        """
        enrolment = await self.enrolments.find(name)
        if enrolment is None or enrolment.subject != person.subject:
            raise SetupOver
        return self._setup(name, enrolment.secret, person)

    async def confirm(
        self, name: str, code: str, person: User, *, ip: str
    ) -> Sequence[str]:
        """
        Keep the secret; recovery codes to show, if the person had none yet.

        Raises:
            Unusable: the code is not one of this secret.
            SetupOver: see `look`.
            SlowDown: too many were wrong.

        """
        setup = await self.look(name, person)
        key = f"enrolment:{person.subject}"
        wait = await self.attempts.reserve(key, FACTOR)
        if wait:
            raise SlowDown(retry_after=wait, detail="too many wrong codes")
        step = self.one_time_passwords.step_of(
            setup.secret, read_code(code), self.clock.now()
        )
        if step is None:
            text = say("This is not the code that the app shows now. Try the next one.")
            raise Unusable({"code": text})
        await self.attempts.forget(key)
        if await self.enrolments.take(name) is None:
            raise SetupOver
        await self.factors.put_authenticator(person.subject, setup.secret, step=step)
        await self.audit.record("authenticator.added", subject=person.subject, ip=ip)
        return await self.recovery_codes.ensure(person, ip=ip)

    async def remove(self, person: User, *, ip: str) -> None:
        """Forget the app; its codes are worth nothing any more."""
        await self.factors.remove_authenticator(person.subject)
        await self.audit.record("authenticator.removed", subject=person.subject, ip=ip)
        await self.recovery_codes.forget_unless_needed(person)

    async def renew_codes(self, person: User, *, ip: str) -> Sequence[str]:
        """New recovery codes, for whoever has something to recover."""
        if not (await self.factors.of(person.subject)).required:
            return []
        return await self.recovery_codes.renew(person, ip=ip)

    def _setup(self, name: str, secret: str, person: User) -> Setup:
        uri = self.one_time_passwords.uri(secret, person.username)
        return Setup(name=name, secret=secret, uri=uri)
