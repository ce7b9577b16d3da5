"""Writes the letters that pages have put down, and sends them until they are taken."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from auth_service.ports import (
    Attempts,
    Audit,
    Errands,
    Mailer,
    PeopleRegister,
    Tokens,
    Undelivered,
)
from auth_service.protocol import letter as letters
from auth_service.protocol.letter import (
    LIFETIMES,
    PER_ACCOUNT,
    PER_MAILBOX,
    ClaimedErrand,
    Errand,
    Kind,
    Letter,
)
from auth_service.protocol.proof_of_address import ResetProof
from auth_service.protocol.throttle import Throttle
from auth_service.protocol.user import canonical
from valetkey.logs import get_logger
from valetkey.opaque import fingerprint

log = get_logger(__name__)

#: So many are under way at once.
BATCH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLetters:
    """
    Works off the queue, one batch at a time.

    Who an errand is for is looked up here and not by the page, whose answer takes
    the same time whether there is such a person or not.
    """

    issuer: str
    errands: Errands
    users: PeopleRegister
    resets: Tokens[ResetProof]
    attempts: Attempts
    mailer: Mailer
    audit: Audit

    async def send(self) -> int:
        """Try what is due, side by side."""
        due = await self.errands.claim_due(BATCH)
        await asyncio.gather(*(self._carry_out(claimed) for claimed in due))
        return len(due)

    async def _carry_out(self, claimed: ClaimedErrand) -> None:
        errand = claimed.errand
        letter = await self._letter(errand, again=claimed.tries > 1)
        outcome = "no letter"
        if letter is not None:
            try:
                language = letter.language or errand.language
                await self.mailer.send(letter, name=claimed.id, language=language)
                outcome = "sent"
            except Undelivered as undelivered:
                outcome = str(undelivered)
                if not undelivered.final:
                    delay = letters.delay_after(claimed.tries)
                    await self.errands.put_off(claimed.id, delay)
                    self._note(claimed, outcome)
                    return
        await self.errands.done(claimed.id)
        self._note(claimed, outcome)

    def _note(self, claimed: ClaimedErrand, outcome: str) -> None:
        kind, tries = claimed.errand.kind, claimed.tries
        log.info("letter", kind=kind, outcome=outcome, tries=tries)

    async def _letter(self, errand: Errand, *, again: bool) -> Letter | None:
        writers: Mapping[Kind, Callable[[Errand, bool], Awaitable[Letter | None]]] = {
            "sign_up": self._sign_up,
            "reset": self._reset,
            "confirm_address": self._confirm_address,
        }
        if errand.kind in writers:
            return await writers[errand.kind](errand, again)
        values, reset = errand.values, f"{self.issuer}/reset"
        match errand.kind:
            case "reset_done":
                username = values["username"]
                return letters.reset_done(errand.to, username=username, link=reset)
            case "password_changed":
                username = values["username"]
                return letters.password_changed(
                    errand.to, username=username, link=reset
                )
            case "account_deleted":
                return letters.account_deleted(errand.to, username=values["username"])
            case "address_change":
                return letters.address_change(
                    errand.to,
                    username=values["username"],
                    new=values["new"],
                    link=reset,
                )
            case _:
                return letters.address_changed(
                    errand.to, username=values["username"], new=values["new"]
                )

    async def _sign_up(self, errand: Errand, again: bool) -> Letter | None:
        if not again and await self._is_full(errand, PER_MAILBOX):
            return None
        if await self.users.find_by_identifier(errand.to):
            return self._in_use(errand)
        token = errand.values["token"]
        return letters.confirm_sign_up(
            errand.to,
            code=errand.values["code"],
            link=f"{self.issuer}/register/confirm?token={token}",
        )

    async def _confirm_address(self, errand: Errand, again: bool) -> Letter | None:
        if not again and await self._is_full(errand, PER_MAILBOX):
            return None
        found = await self.users.find_by_identifier(errand.to)
        if found and found[0].subject != errand.values["subject"]:
            return self._in_use(errand)
        token = errand.values["token"]
        link = f"{self.issuer}/confirm-address?token={token}"
        return letters.confirm_address(errand.to, link=link)

    async def _reset(self, errand: Errand, again: bool) -> Letter | None:
        found = await self.users.find_by_identifier(errand.to)
        if found is None or found[0].disabled:
            return None
        user, password_hash = found
        if not again and await self._is_full(errand, PER_ACCOUNT, user.subject):
            return None
        token = errand.values["token"]
        proof = ResetProof(
            subject=user.subject,
            email=user.email,
            password=fingerprint(password_hash),
        )
        await self.resets.put(token, proof, lifetime=LIFETIMES["reset"])
        if not again:
            await self.audit.record(
                "password.reset_asked", subject=user.subject, ip=errand.values["ip"]
            )
        letter = letters.reset(
            user.email,
            username=user.username,
            link=f"{self.issuer}/reset/new?token={token}",
        )
        return replace(letter, language=user.locale)

    def _in_use(self, errand: Errand) -> Letter:
        return letters.address_in_use(
            errand.to, sign_in=f"{self.issuer}/login", reset=f"{self.issuer}/reset"
        )

    async def _is_full(
        self, errand: Errand, throttle: Throttle, whose: str | None = None
    ) -> bool:
        """Whether there were enough letters of this kind to this person already."""
        key = f"letter:{errand.kind}:{whose or canonical(errand.to)}"
        return bool(await self.attempts.reserve(key, throttle))
