"""Whether an answer to a challenge is that of a passkey that we know."""

from dataclasses import dataclass

from auth_service.ports import (
    Attempts,
    Audit,
    Ceremonies,
    ClaimedKey,
    NotAPasskey,
    Passkeys,
    Tokens,
)
from auth_service.protocol.factors import STEP_LIFETIME, Challenge, Passkey
from auth_service.protocol.session import Browser
from auth_service.protocol.throttle import ADDRESS
from valetkey.errors import AccessDenied, SlowDown
from valetkey.opaque import new_handle


class WrongPasskey(AccessDenied):
    """One text for every reason: which keys are known is nobody's business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPasskey:
    """Each challenge is for one browser and one answer (WebAuthn section 13.4.3)."""

    challenges: Tokens[Challenge]
    ceremonies: Ceremonies
    passkeys: Passkeys
    attempts: Attempts
    audit: Audit

    async def ask(self, browser: Browser, *, subject: str | None = None) -> str:
        """
        The options for a browser.

        Args:
            subject: whose passkeys will do; None for whoever wants to sign in.

        """
        challenge = new_handle()
        await self.challenges.put(
            challenge, Challenge(browser_key=browser.key), lifetime=STEP_LIFETIME
        )
        known = await self.passkeys.of(subject) if subject else ()
        return self.ceremonies.request_options(challenge, known)

    async def check(
        self, credential: str, browser: Browser, *, subject: str | None = None
    ) -> Passkey:
        """
        The passkey whose answer this is; its challenge is used up, right or wrong.

        Args:
            subject: whose it has to be; None for anybody's.

        Raises:
            WrongPasskey: unknown, malformed, or not an answer to our challenge.
            SlowDown: too many wrong ones from this address.

        """
        address = f"passkey:{browser.ip}"
        wait = await self.attempts.reserve(address, ADDRESS)
        if wait:
            raise SlowDown(retry_after=wait, detail="too many wrong passkeys")
        try:
            passkey = await self._check(credential, browser, subject)
        except NotAPasskey as error:
            await self.audit.record("passkey.refused", subject=subject, ip=browser.ip)
            raise WrongPasskey(detail=f"passkey: {error}") from None
        await self.attempts.give_back(address)
        return passkey

    async def take(self, claimed: ClaimedKey, browser: Browser) -> Challenge:
        """
        Use a challenge up.

        Raises:
            NotAPasskey: it is not ours, another browser's, used or too old.

        """
        # Found before it is taken: a stranger's try must not use it up.
        found = await self.challenges.find(claimed.challenge)
        if found is None or found.browser_key != browser.key:
            raise NotAPasskey("the challenge is not one of this browser's")
        challenge = await self.challenges.take(claimed.challenge)
        if challenge is None:
            raise NotAPasskey("the challenge was used")
        return challenge

    async def _check(
        self, credential: str, browser: Browser, subject: str | None
    ) -> Passkey:
        claimed = self.ceremonies.read(credential)
        challenge = await self.take(claimed, browser)
        known = await self.passkeys.find(claimed.credential_id)
        if known is None or challenge.subject is not None:
            raise NotAPasskey("nobody has this passkey")
        if subject not in {None, known.subject}:
            raise NotAPasskey("the passkey is another person's")
        used = self.ceremonies.check_use(credential, claimed.challenge, known)
        if not await self.passkeys.use(
            used.credential_id, sign_count=used.sign_count, backed_up=used.backed_up
        ):
            raise NotAPasskey("the device has counted further before")
        return used
