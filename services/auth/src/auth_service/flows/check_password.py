"""Whether a name and a password belong together, at the page and at the grant."""

from dataclasses import dataclass

from auth_service.ports import Attempts, Audit, Passwords, PeopleRegister
from auth_service.protocol.throttle import ACCOUNT, ADDRESS
from auth_service.protocol.user import User, canonical
from valetkey.errors import AccessDenied, InvalidRequest, SlowDown

#: Longer input is no password, and hashing it would cost us.
MAX_PASSWORD_BYTES = 1024


class WrongPassword(AccessDenied):
    """One text for every reason: who exists here is nobody's business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPassword:
    """
    Counts each try before it evaluates it; all names of a person count as one.

    What people choose can be guessed, so guessing is slow (RFC 6749 section 10.10).
    """

    users: PeopleRegister
    passwords: Passwords
    attempts: Attempts
    audit: Audit

    async def check(
        self, identifier: str, password: str, *, ip: str, client_id: str | None = None
    ) -> User:
        """
        The person, if the password is theirs.

        Raises:
            WrongPassword: unknown name, wrong password or disabled account.
            SlowDown: too many wrong ones; `retry_after` says when to come back.
            InvalidRequest: the password is longer than any.

        """
        if len(password.encode()) > MAX_PASSWORD_BYTES:
            raise InvalidRequest("the password is too long")
        found = await self.users.find_by_identifier(identifier)
        user, password_hash = found or (None, None)
        who = user.subject if user else canonical(identifier)
        account, address = f"password:{who}:{ip}", f"password:{ip}"
        for key, throttle in ((address, ADDRESS), (account, ACCOUNT)):
            wait = await self.attempts.reserve(key, throttle)
            if wait:
                raise SlowDown(retry_after=wait, detail="too many wrong passwords")
        right = await self.passwords.verify(password_hash, password)
        if user is None or password_hash is None or not right or user.disabled:
            subject = user.subject if user else None
            await self.audit.record(
                "sign_in.refused", subject=subject, client_id=client_id, ip=ip
            )
            raise WrongPassword(detail="wrong name or password, or disabled")
        await self.attempts.forget(account)
        await self.attempts.give_back(address)
        if self.passwords.needs_rehash(password_hash):
            await self.users.rehash(user.subject, await self.passwords.hash(password))
        return user
