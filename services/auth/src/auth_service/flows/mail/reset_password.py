"""A new password for whoever reads the mail of an account."""

from dataclasses import dataclass
from datetime import timedelta

from auth_service.flows.log_out import LogOut
from auth_service.flows.mail.post import Post
from auth_service.flows.mail.proofs import LinkOver
from auth_service.ports import (
    Attempts,
    Audit,
    Passwords,
    PeopleRegister,
    Sessions,
    Tokens,
)
from auth_service.protocol.proof_of_address import ResetProof
from auth_service.protocol.sign_up_form import Unusable, password_problem
from auth_service.protocol.throttle import Throttle
from auth_service.protocol.user import User
from valetkey.opaque import fingerprint, new_handle

#: Resets asked for from one address, whomever for.
PER_ADDRESS = Throttle(free=10, first=timedelta(hours=1), longest=timedelta(hours=1))
#: No name and no address is longer (RFC 5321 section 4.5.3.1).
_LONGEST = 320


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetPassword:
    """The work of "Forgot your password?"."""

    post: Post
    resets: Tokens[ResetProof]
    users: PeopleRegister
    passwords: Passwords
    sessions: Sessions
    log_out: LogOut
    attempts: Attempts
    audit: Audit

    async def ask(self, identifier: str, *, ip: str, language: str) -> None:
        """
        Send a link, if there is anybody to send it to.

        Whoever asks learns nothing: too often, an unknown name and a known one take
        the same way and end the same.
        """
        too_often = await self.attempts.reserve(f"reset:{ip}", PER_ADDRESS)
        if too_often or len(identifier) > _LONGEST:
            return
        values = {"token": new_handle(), "ip": ip}
        await self.post.send("reset", identifier, language=language, values=values)

    async def look(self, token: str) -> User:
        """
        Whose password a link is for; it stays good.

        Raises:
            LinkOver: nobody's.

        """
        return await self._owner(await self.resets.find(token))

    async def choose(self, token: str, new: str, *, ip: str, language: str) -> None:
        """
        Change the password and end whatever the old one opened.

        Nobody is signed in by this: a second factor is still asked for.

        Raises:
            LinkOver: somebody was faster, or something changed.
            Unusable: the new password is no use; the link stays good.

        """
        user = await self.look(token)
        about = (user.username, user.email, user.name)
        if problem := password_problem(new, about=about):
            raise Unusable({"new_password": problem})
        password_hash = await self.passwords.hash(new)
        user = await self._owner(await self.resets.take(token))
        await self.users.set_password(user.subject, password_hash)
        for session in await self.sessions.of(user.subject):
            await self.log_out.end(session, ip=ip)
        await self.audit.record("password.reset", subject=user.subject, ip=ip)
        await self.post.send(
            "reset_done",
            user.email,
            language=user.locale or language,
            values={"username": user.username},
        )

    async def _owner(self, proof: ResetProof | None) -> User:
        user = await self.users.find(proof.subject) if proof else None
        found = await self.users.find_by_identifier(user.username) if user else None
        if proof is None or found is None:
            raise LinkOver
        owner, password_hash = found
        if not proof.is_good_for(owner, fingerprint(password_hash)):
            raise LinkOver
        return owner
