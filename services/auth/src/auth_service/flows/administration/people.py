"""Everybody's accounts: found, made, let in and shut out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from auth_service.flows.administration.lists import Listed, NotNow, NotThere, listed
from auth_service.flows.log_out import LogOut
from auth_service.flows.mail.post import Post
from auth_service.ports import (
    Audit,
    ListedPerson,
    NameTaken,
    PageTokens,
    Passwords,
    People,
    PeopleRegister,
    Sessions,
    Tokens,
)
from auth_service.protocol.administration import (
    PAGE,
    PEOPLE_ORDERS,
    Actor,
    check_order,
    read_search,
)
from auth_service.protocol.letter import LIFETIMES
from auth_service.protocol.message import say
from auth_service.protocol.proof_of_address import ResetProof
from auth_service.protocol.session import Session
from auth_service.protocol.sign_up_form import (
    Unusable,
    password_problem,
    read_profile,
)
from auth_service.protocol.user import User, canonical
from valetkey.opaque import fingerprint, new_handle

_LAST = say("Nobody else would be left to administer.")


@dataclass(frozen=True, slots=True)
class Reset:
    """
    What became of a reset.

    Attributes:
        link: where to choose a new password, to be handed over: there is no mail.

    """

    link: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagePeople:
    """Whatever is changed here takes effect at once, everywhere."""

    issuer: str
    people: People
    users: PeopleRegister
    passwords: Passwords
    sessions: Sessions
    log_out: LogOut
    resets: Tokens[ResetProof]
    post: Post
    pages: PageTokens
    audit: Audit

    async def search(
        self, prefix: str, *, order: str, page: str | None
    ) -> Listed[ListedPerson]:
        """
        People whose name, username or address begins so.

        Raises:
            InvalidRequest: the order or the page is not one of ours.

        """
        prefix = read_search(prefix)
        of = ("people", check_order(order, PEOPLE_ORDERS), prefix)
        after = self.pages.read(of, page) if page else None
        found = await self.people.search(
            prefix, order=order, after=after, most=PAGE + 1
        )
        return listed(found, lambda last: self.pages.write(of, _place(last, order)))

    async def find(self, subject: str) -> User:
        """
        One person.

        Raises:
            NotThere: nobody is called so.

        """
        user = await self.users.find(subject) if subject.isprintable() else None
        if user is None:
            raise NotThere
        return user

    async def identify(self, name: str) -> User:
        """
        One person by subject, username or e-mail address.

        Raises:
            NotThere: nobody is called so.

        """
        found = await self.users.find_by_identifier(name)
        return found[0] if found else await self.find(name)

    async def sessions_of(self, person: User) -> list[Session]:
        """Where they are signed in."""
        return list(await self.sessions.of(person.subject))

    async def create(
        self,
        values: Mapping[str, str],
        actor: Actor,
        *,
        language: str,
        password: str | None = None,
    ) -> tuple[User, Reset]:
        """
        Make an account; without a password its owner chooses one by a link.

        Raises:
            Unusable: with every field that cannot be taken.

        """
        user = read_profile(
            values, User(subject=uuid4().hex, username="", email="", name="")
        )
        if password is not None and (
            problem := password_problem(
                password, about=(user.username, user.email, user.name)
            )
        ):
            raise Unusable({"password": problem})
        password_hash = await self.passwords.hash(password or new_handle())
        try:
            await self.users.add(user, password_hash)
        except NameTaken as taken:
            problem = say("Somebody uses this already.")
            raise Unusable({taken.field: problem}) from None
        await self._note("person.created", user, actor)
        if password is not None:
            return user, Reset(None)
        return user, await self._invite(user, password_hash, language)

    async def disable(self, person: User, actor: Actor) -> None:
        """
        Sign them out everywhere, in browsers and in apps, and let them in nowhere.

        Raises:
            NotNow: nobody would be left to administer.

        """
        if not await self.people.disable(person.subject):
            raise NotNow(_LAST)
        await self._end_all(person, actor)
        await self._note("person.disabled", person, actor)

    async def enable(self, person: User, actor: Actor) -> None:
        """Let them sign in again; what was ended stays ended."""
        await self.people.enable(person.subject)
        await self._note("person.enabled", person, actor)

    async def verify_email(self, person: User, actor: Actor) -> None:
        """Vouch for their address."""
        await self.people.verify_email(person.subject)
        await self._note("person.email_verified", person, actor)

    async def reset(self, person: User, actor: Actor, *, language: str) -> Reset:
        """Make their password worthless, and let them choose another by a link."""
        password_hash = await self.passwords.hash(new_handle())
        await self.users.set_password(person.subject, password_hash)
        await self._end_all(person, actor)
        await self._note("person.reset", person, actor)
        return await self._invite(person, password_hash, language)

    async def end_sessions(self, person: User, actor: Actor) -> None:
        """Sign them out of every browser."""
        await self._end_all(person, actor)
        await self._note("person.sessions_ended", person, actor)

    async def make_administrator(self, person: User, actor: Actor) -> None:
        """Put them in charge, too."""
        await self.people.make_administrator(person.subject)
        await self._note("person.made_administrator", person, actor)

    async def unmake_administrator(self, person: User, actor: Actor) -> None:
        """
        Take them out of charge.

        Raises:
            NotNow: nobody else would be left to administer.

        """
        if not await self.people.unmake_administrator(person.subject):
            raise NotNow(_LAST)
        await self._note("person.unmade_administrator", person, actor)

    async def _invite(self, person: User, password_hash: str, language: str) -> Reset:
        """A link by mail, or where there is none, one to be handed over."""
        token = new_handle()
        if self.post.works:
            values = {"token": token, "ip": ""}
            await self.post.send(
                "reset", person.email, language=language, values=values
            )
            return Reset(None)
        proof = ResetProof(
            subject=person.subject,
            email=person.email,
            password=fingerprint(password_hash),
        )
        await self.resets.put(token, proof, lifetime=LIFETIMES["reset"])
        return Reset(f"{self.issuer}/reset/new?token={token}")

    async def _end_all(self, person: User, actor: Actor) -> None:
        for session in await self.sessions.of(person.subject):
            await self.log_out.end(session, ip=actor.ip or "")

    async def _note(self, event: str, person: User, actor: Actor) -> None:
        await self.audit.record(event, subject=person.subject, ip=actor.ip, by=actor.by)


def _place(row: ListedPerson, order: str) -> tuple[str, ...]:
    if order == "newest":
        return row.created_at.isoformat(), row.user.subject
    return (canonical(row.user.username),)
