"""A new password: whatever the old one opened is shut."""

from dataclasses import dataclass

from auth_service.flows.account.sessions import OwnSessions
from auth_service.flows.begin_session import BeginSession, SignedIn
from auth_service.flows.check_password import CheckPassword
from auth_service.flows.mail.post import Post
from auth_service.ports import Audit, Passwords, PeopleRegister
from auth_service.protocol.session import Browser
from auth_service.protocol.sign_up_form import Unusable, password_problem
from auth_service.protocol.user import User


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword:
    """The password form's work."""

    check_password: CheckPassword
    users: PeopleRegister
    passwords: Passwords
    begin_session: BeginSession
    sessions: OwnSessions
    post: Post
    audit: Audit

    async def change(
        self, current: str, new: str, person: User, browser: Browser, *, language: str
    ) -> SignedIn:
        """
        Change the password; this browser stays signed in, in a new session.

        Every grant made before is dead and every other session over, whoever holds
        them; the same for a copy of this browser's own cookie.

        Raises:
            Unusable: the new password is no use.
            WrongPassword, SlowDown, InvalidRequest: see `CheckPassword.check`.

        """
        about = (person.username, person.email, person.name)
        if problem := password_problem(new, about=about):
            raise Unusable({"new_password": problem})
        # Counted like a sign-in: a session that was stolen must not be able to guess.
        await self.check_password.check(person.username, current, ip=browser.ip)
        password_hash = await self.passwords.hash(new)
        await self.users.set_password(person.subject, password_hash)
        session = browser.session
        signed_in = await self.begin_session.open(
            person,
            browser,
            # Proven within ten minutes, and once more just now by the password.
            amr=_with_password(session.amr if session else ()),
            remembered=session is not None and session.remembered,
            handle=None,
        )
        await self.sessions.end_others(signed_in.session, ip=browser.ip)
        await self.audit.record(
            "password.changed", subject=person.subject, ip=browser.ip
        )
        await self.post.tell("password_changed", person, language=language)
        return signed_in


def _with_password(amr: tuple[str, ...]) -> tuple[str, ...]:
    return ("pwd", *(each for each in amr if each != "pwd"))
