"""A new person proves their address, by the code of a letter or by its link."""

from base64 import b64decode
from dataclasses import dataclass, replace
from hmac import compare_digest

from auth_service.flows.begin_session import BeginSession, SignedIn
from auth_service.flows.check_password import WrongPassword
from auth_service.flows.mail.post import Post
from auth_service.flows.mail.proofs import LinkOver, WrongCode
from auth_service.flows.visits import Visits
from auth_service.ports import (
    Attempts,
    Audit,
    NameTaken,
    Passwords,
    PeopleRegister,
    Tokens,
)
from auth_service.protocol.interaction import FlowOver
from auth_service.protocol.letter import PER_MAILBOX
from auth_service.protocol.message import say
from auth_service.protocol.proof_of_address import PendingSignUp
from auth_service.protocol.session import Browser
from auth_service.protocol.sign_up_form import Unusable
from auth_service.protocol.throttle import ACCOUNT
from valetkey.errors import SlowDown


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmSignUp:
    """
    The work of "Check your mail".

    The code counts in the browser in which the form was filled in. The link works in
    any, but elsewhere with the password that was chosen: who clicks on it in a letter
    that a stranger caused does not finish the stranger's account.
    """

    visits: Visits
    pending: Tokens[PendingSignUp]
    post: Post
    users: PeopleRegister
    passwords: Passwords
    begin_session: BeginSession
    attempts: Attempts
    audit: Audit

    async def find(self, name: str, browser: Browser) -> PendingSignUp:
        """
        What waits for its code in this browser.

        Raises:
            LinkOver: nothing.

        """
        pending = await self.pending.find(name)
        if pending is None or pending.browser_key != browser.key:
            raise LinkOver
        return pending

    async def find_by_link(self, token: str) -> PendingSignUp:
        """
        What waits for this link.

        Raises:
            LinkOver: nothing.

        """
        name, _, secret = token.partition(".")
        pending = await self.pending.find(name)
        known = pending is not None and compare_digest(
            pending.secret.encode(), secret.encode()
        )
        if pending is None or not known:
            raise LinkOver
        return pending

    async def send(self, name: str, pending: PendingSignUp, *, language: str) -> None:
        """Send the letter, or have its reader told that they have an account."""
        code = f"{pending.code[:4]} {pending.code[4:]}"
        await self.post.send(
            "sign_up",
            pending.user.email,
            language=language,
            values={"token": f"{name}.{pending.secret}", "code": code},
        )

    async def send_again(self, name: str, browser: Browser, *, language: str) -> None:
        """
        The same letter once more.

        Raises:
            LinkOver: nothing waits for it.
            SlowDown: there were enough of them.

        """
        pending = await self.find(name, browser)
        wait = await self.attempts.reserve(f"sign-up-again:{name}", PER_MAILBOX)
        if wait:
            raise SlowDown(retry_after=wait, detail="too many letters")
        await self.send(name, pending, language=language)

    async def by_code(self, name: str, code: str, browser: Browser) -> SignedIn:
        """
        Make the account, sign in, and go on where the person came from.

        Raises:
            LinkOver: nothing waits for it, or it is done.
            WrongCode: it is another.
            SlowDown: too many were wrong.
            Unusable: somebody took the name meanwhile.

        """
        pending = await self.find(name, browser)
        await self._count(name)
        digits = "".join(c for c in code if c not in " -\u00a0")
        if not compare_digest(pending.code.encode(), digits.encode()):
            raise WrongCode(detail="wrong code")
        return await self.complete(await self._take(name), browser)

    async def by_link(
        self, token: str, password: str | None, browser: Browser
    ) -> SignedIn:
        """
        As by the code; in another browser the password is needed.

        Raises:
            LinkOver: nothing waits for it, or it is done.
            WrongPassword: it is not the one that was chosen.
            SlowDown: too many were wrong.
            Unusable: somebody took the name meanwhile.

        """
        name, _, _ = token.partition(".")
        pending = await self.find_by_link(token)
        if pending.browser_key == browser.key:
            return await self.complete(await self._take(name), browser)
        await self._count(name)
        if not await self.passwords.verify(pending.password_hash, password or ""):
            raise WrongPassword(detail="not the password of this sign-up")
        taken = replace(await self._take(name), handle=None, next=None)
        return await self.complete(taken, browser)

    async def complete(self, pending: PendingSignUp, browser: Browser) -> SignedIn:
        """Make the account and sign in; the address is proven if letters are sent."""
        user = replace(pending.user, email_verified=self.post.works)
        try:
            await self.users.add(user, pending.password_hash)
        except NameTaken as taken:
            if self.post.works and taken.field == "email":
                raise LinkOver from None
            text = say("Somebody uses this already. Choose another, or sign in.")
            raise Unusable({taken.field: text}) from None
        if pending.picture:
            await self.users.put_picture(user.subject, b64decode(pending.picture))
        await self.audit.record("sign_up", subject=user.subject, ip=browser.ip)
        handle = pending.handle
        if handle is not None and self.post.works:
            try:
                await self.visits.find(handle, browser)
            except FlowOver:
                # The letter took longer than the app's request waits.
                handle = None
        return await self.begin_session.open(
            user, browser, amr=("pwd",), remembered=False, handle=handle
        )

    async def _count(self, name: str) -> None:
        wait = await self.attempts.reserve(f"sign-up-code:{name}", ACCOUNT)
        if wait:
            raise SlowDown(retry_after=wait, detail="too many wrong codes")

    async def _take(self, name: str) -> PendingSignUp:
        taken = await self.pending.take(name)
        if taken is None:
            raise LinkOver
        return taken
