"""A person's passkeys: add, rename, remove."""

from collections.abc import Sequence
from dataclasses import dataclass

from auth_service.flows.account.recovery_codes import RecoveryCodes
from auth_service.flows.check_passkey import CheckPasskey
from auth_service.ports import Audit, Ceremonies, NotAPasskey, Passkeys, Tokens
from auth_service.protocol.factors import (
    MAX_PASSKEYS,
    STEP_LIFETIME,
    Challenge,
    Passkey,
    read_passkey_name,
)
from auth_service.protocol.message import say
from auth_service.protocol.session import Browser
from auth_service.protocol.sign_up_form import Unusable
from auth_service.protocol.user import User
from valetkey.opaque import new_handle


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPasskeys:
    """The work of the passkeys' part of the security page."""

    challenges: Tokens[Challenge]
    ceremonies: Ceremonies
    passkeys: Passkeys
    check_passkey: CheckPasskey
    recovery_codes: RecoveryCodes
    audit: Audit

    async def of(self, person: User) -> Sequence[Passkey]:
        """All of them, oldest first."""
        return await self.passkeys.of(person.subject)

    async def ask(self, person: User, browser: Browser) -> str:
        """The options for a browser that is to make a passkey."""
        challenge = new_handle()
        await self.challenges.put(
            challenge,
            Challenge(browser_key=browser.key, subject=person.subject),
            lifetime=STEP_LIFETIME,
        )
        known = await self.of(person)
        return self.ceremonies.creation_options(challenge, person, known)

    async def add(
        self, credential: str, name: str | None, person: User, browser: Browser
    ) -> Sequence[str]:
        """
        Keep a new passkey; recovery codes to show, if the person had none yet.

        Raises:
            Unusable: it is no answer to our challenge, or there are too many.

        """
        if len(await self.of(person)) >= MAX_PASSKEYS:
            raise Unusable({"form": say("You have as many passkeys as there may be.")})
        try:
            passkey = await self._check(credential, name, person, browser)
        except NotAPasskey:
            text = say("The passkey was not added. Try again.")
            raise Unusable({"form": text}) from None
        if not await self.passkeys.add(passkey):
            raise Unusable({"form": say("This passkey is known already.")})
        await self.audit.record(
            "passkey.added", subject=person.subject, ip=browser.ip, name=passkey.name
        )
        return await self.recovery_codes.ensure(person, ip=browser.ip)

    async def rename(
        self, credential_id: str, name: str | None, person: User, *, ip: str
    ) -> None:
        """Call one something else."""
        called = read_passkey_name(name)
        if await self.passkeys.rename(person.subject, credential_id, called):
            await self.audit.record(
                "passkey.renamed", subject=person.subject, ip=ip, name=called
            )

    async def remove(self, credential_id: str, person: User, *, ip: str) -> None:
        """Forget one; it signs nobody in any more."""
        if await self.passkeys.remove(person.subject, credential_id):
            await self.audit.record("passkey.removed", subject=person.subject, ip=ip)
            await self.recovery_codes.forget_unless_needed(person)

    async def _check(
        self, credential: str, name: str | None, person: User, browser: Browser
    ) -> Passkey:
        claimed = self.ceremonies.read(credential)
        challenge = await self.check_passkey.take(claimed, browser)
        if challenge.subject != person.subject:
            raise NotAPasskey("the challenge is another person's")
        return self.ceremonies.check_creation(
            credential,
            claimed.challenge,
            subject=person.subject,
            name=read_passkey_name(name),
        )
