"""The end of an account, with everything that is in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from auth_service.flows.mail.post import Post
from auth_service.ports import Accounts, Audit, OwnedApp, Sessions
from auth_service.protocol.message import say
from auth_service.protocol.sign_up_form import Unusable
from auth_service.protocol.user import User, canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteAccount:
    """The work of the page that deletes an account."""

    accounts: Accounts
    sessions: Sessions
    post: Post
    audit: Audit

    async def apps_of(self, person: User) -> Sequence[OwnedApp]:
        """The apps that go with it, or have to go to somebody else before."""
        return await self.accounts.apps_of(person.subject)

    async def delete(self, typed: str, person: User, *, language: str) -> None:
        """
        Delete it, whatever holds a token or a session of it.

        The row goes first: without it no session, code or token is worth anything,
        should the rest not come to pass.

        Raises:
            Unusable: it was not meant, or cannot be.

        """
        if canonical(typed) != canonical(person.username):
            text = say("Type your username as it stands here.")
            raise Unusable({"username": text})
        if not await self.accounts.delete(person.subject):
            text = say(
                "Your account cannot be deleted now: other people use your apps, or "
                "nobody else would be left to administer."
            )
            raise Unusable({"form": text})
        for session in await self.sessions.of(person.subject):
            await self.sessions.end(session)
        # The subject is nobody's name: it is random, and never given again.
        await self.audit.record("account.deleted", subject=person.subject)
        await self.post.tell("account_deleted", person, language=language)
