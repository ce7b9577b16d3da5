"""GET /account/security: password, passkeys, authenticator app, recovery codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.account.security import Security
from auth_service.protocol.message import say
from auth_service.web.members import Member, Members, for_members, notice, see

PAGE = "/account/security"
_SAID = {
    "password": say("Your password is changed. Every other session is over."),
    "passkey": say("Your passkey is added."),
    "renamed": say("Your passkey has its new name."),
    "no-passkey": say("The passkey is removed. Remove it from your device as well."),
    "authenticator": say("Your authenticator app is set up."),
    "no-authenticator": say("The authenticator app is removed."),
    "again": say("This took too long. Begin again."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSecurity:
    """The page, as several forms lead back to it."""

    security: Security

    async def show(
        self,
        member: Member,
        *,
        status: int = 200,
        errors: Mapping[str, str] | None = None,
        notice: str | None = None,
        retry_after: int | None = None,
    ) -> Response:
        """The page, with what is wrong about a form."""
        factors, passkeys = await self.security.of(member.person)
        return member.show(
            "account/security.html",
            status=status,
            scripts=True,
            retry_after=retry_after,
            username=member.person.username,
            factors=factors,
            passkeys=passkeys,
            errors=errors or {},
            notice=notice,
        )


def show_codes(member: Member, codes: Sequence[str]) -> Response:
    """Recovery codes: in this answer's body, this once, and nowhere else."""
    return member.show("account/recovery_codes.html", codes=codes)


def done(member: Member, codes: Sequence[str], what: str) -> Response:
    """A factor was added: the codes that came with it, or back to the page."""
    return show_codes(member, codes) if codes else see(f"{PAGE}?done={what}")


def routes(security: ShowSecurity, members: Members) -> APIRouter:
    """The security page."""
    router = for_members()

    @router.get(PAGE)
    async def show(request: Request) -> Response:
        member = await members.look(request)
        return await security.show(member, notice=notice(request, _SAID))

    return router
