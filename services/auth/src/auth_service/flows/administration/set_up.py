"""The first administrator: by a link that is written to the log, once."""

from dataclasses import dataclass
from datetime import timedelta

from auth_service.flows.mail.proofs import LinkOver
from auth_service.ports import Audit, People, SingleUse, Tokens
from auth_service.protocol.user import User
from valetkey.logs import get_logger
from valetkey.opaque import new_handle

log = get_logger(__name__)

#: How long the link is good for; a start after that writes another.
LIFETIME = timedelta(hours=1)
PAGE = "/admin/set-up"


@dataclass(frozen=True, slots=True)
class SetUpRight:
    """The right to become the first administrator."""

    issuer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """There is never a default password: whoever reads the log runs the machine."""

    issuer: str
    people: People
    tokens: Tokens[SetUpRight]
    announced: SingleUse
    audit: Audit

    async def announce(self) -> None:
        """Write the link, where nobody administers; one of several workers does."""
        if await self.people.has_administrator():
            return
        seconds = int(LIFETIME.total_seconds())
        if not await self.announced.claim("", self.issuer, seconds=seconds):
            return
        token = new_handle()
        await self.tokens.put(token, SetUpRight(self.issuer), lifetime=LIFETIME)
        log.warning(
            "no administrator yet: sign in, then open this link",
            link=f"{self.issuer}{PAGE}?token={token}",
            seconds=seconds,
        )

    async def look(self, token: str) -> None:
        """
        Whether a link is good; it stays good.

        Raises:
            LinkOver: it is not, or somebody administers already.

        """
        known = await self.tokens.find(token)
        if known is None or await self.people.has_administrator():
            raise LinkOver

    async def accept(self, token: str, person: User, *, ip: str) -> None:
        """
        Put whoever has the link in charge.

        Raises:
            LinkOver: somebody was faster.

        """
        await self.look(token)
        if await self.tokens.take(token) is None:
            raise LinkOver
        if not await self.people.make_first_administrator(person.subject):
            raise LinkOver
        await self.audit.record(
            "person.made_administrator",
            subject=person.subject,
            ip=ip,
            by=person.subject,
            first=True,
        )
