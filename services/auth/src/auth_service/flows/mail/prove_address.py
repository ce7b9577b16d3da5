"""A person's e-mail address: proven by a letter, and changed only once it is."""

from dataclasses import dataclass, replace

from auth_service.flows.mail.post import Post
from auth_service.flows.mail.proofs import LinkOver
from auth_service.ports import Attempts, Audit, NameTaken, PeopleRegister, Tokens
from auth_service.protocol.letter import LIFETIMES, PER_MAILBOX, Kind
from auth_service.protocol.message import say
from auth_service.protocol.proof_of_address import AddressProof
from auth_service.protocol.sign_up_form import Unusable, read_email
from auth_service.protocol.user import User, canonical
from valetkey.errors import SlowDown
from valetkey.opaque import new_handle


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveAddress:
    """The work of the e-mail form of /account, and of the link in its letter."""

    post: Post
    addresses: Tokens[AddressProof]
    users: PeopleRegister
    attempts: Attempts
    audit: Audit

    @property
    def works(self) -> bool:
        """Whether this server sends letters."""
        return self.post.works

    async def change(
        self, email: str, person: User, *, ip: str, language: str
    ) -> str | None:
        """
        Send a link to an address, theirs or a new one: it says where.

        A new one takes the place of the old once it is proven; the old one is told
        right away. Whether it is another person's is said to its mailbox alone.
        Where no letters are sent it is changed at once, and stays unproven; then
        there is nothing to say.

        Raises:
            Unusable: it is no address; or it is taken, where no letters are sent.
            SlowDown: there were enough letters for an hour.

        """
        email = read_email(email)
        if not self.works:
            await self._change_at_once(email, person, ip=ip)
            return None
        wait = await self.attempts.reserve(f"address:{person.subject}", PER_MAILBOX)
        if wait:
            raise SlowDown(retry_after=wait, detail="too many letters")
        token = new_handle()
        proof = AddressProof(subject=person.subject, email=email, before=person.email)
        await self.addresses.put(token, proof, lifetime=LIFETIMES["confirm_address"])
        await self.post.send(
            "confirm_address",
            email,
            language=language,
            values={"token": token, "subject": person.subject},
        )
        if _is_another(proof):
            await self.audit.record("email.change_asked", subject=person.subject, ip=ip)
            await self._tell_before("address_change", person, email, language)
        return email

    async def look(self, token: str, person: User) -> AddressProof:
        """
        Which address a link proves; it stays good.

        Raises:
            LinkOver: none, or another person's.

        """
        return _good(await self.addresses.find(token), person)

    async def confirm(self, token: str, person: User, *, ip: str, language: str) -> str:
        """
        The address is theirs.

        Only for the person who asked, signed in: who opens a letter by mistake
        lends their address to nobody's account.

        Raises:
            LinkOver: used, or another address took its place meanwhile.

        """
        # Found before it is taken: somebody else's try must not use it up.
        await self.look(token, person)
        proof = _good(await self.addresses.take(token), person)
        try:
            confirmed = await self.users.confirm_email(
                person.subject, proof.email, before=proof.before
            )
        except NameTaken:
            confirmed = False
        if not confirmed:
            raise LinkOver
        another = _is_another(proof)
        event = "email.changed" if another else "email.verified"
        await self.audit.record(event, subject=person.subject, ip=ip)
        if another:
            await self._tell_before("address_changed", person, proof.email, language)
        return proof.email

    async def _tell_before(
        self, kind: Kind, person: User, new: str, language: str
    ) -> None:
        """The address that they had, if it was theirs."""
        if person.email_verified:
            values = {"username": person.username, "new": new}
            await self.post.send(kind, person.email, language=language, values=values)

    async def _change_at_once(self, email: str, person: User, *, ip: str) -> None:
        same = email == person.email
        verified = person.email_verified and same
        changed = replace(person, email=email, email_verified=verified)
        try:
            await self.users.update(changed)
        except NameTaken as taken:
            text = say("Somebody uses this already.")
            raise Unusable({taken.field: text}) from None
        if not same:
            await self.audit.record("email.changed", subject=person.subject, ip=ip)


def _good(proof: AddressProof | None, person: User) -> AddressProof:
    if proof is None or proof.subject != person.subject:
        raise LinkOver
    return proof


def _is_another(proof: AddressProof) -> bool:
    return canonical(proof.email) != canonical(proof.before)
