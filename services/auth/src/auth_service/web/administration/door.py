"""The door to /admin: for whoever administers; to others there is nothing here."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from auth_service.flows.administration.lists import NotThere
from auth_service.protocol.administration import Actor
from auth_service.web.members import Member, Members
from auth_service.web.read import read_query
from valetkey.errors import InvalidRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrators:
    """Looking needs the right; changing needs a fresh sign-in as well."""

    members: Members

    async def look(self, request: Request, *, page: str | None = None) -> Member:
        """
        Who administers.

        Raises:
            SignInFirst: nobody is signed in.
            NotThere: somebody else is.

        """
        return _checked(await self.members.look(request, page=page))

    async def read_form(
        self, request: Request, *, page: str, joined: frozenset[str] = frozenset()
    ) -> tuple[Member, dict[str, str]]:
        """
        A form that an administrator sent from one of these pages.

        Raises:
            SignInFirst: nobody is signed in any more, or too long ago.
            NotThere: somebody who does not administer.
            AccessDenied: another site made it, or it is from another session.

        """
        _checked(await self.members.look(request, page=page))
        member, form = await self.members.read_form(
            request, page=page, joined=joined, fresh=True
        )
        return _checked(member), form


def _checked(member: Member) -> Member:
    if not member.person.administrator:
        raise NotThere
    return member


def actor(member: Member) -> Actor:
    """Who it was, for the audit log."""
    return Actor(by=member.person.subject, ip=member.ip)


def asked(request: Request, *names: str) -> Mapping[str, str]:
    """
    The query, which holds these parameters and no others.

    Raises:
        InvalidRequest: another one.

    """
    query = read_query(request)
    if not query.keys() <= set(names):
        raise InvalidRequest("a parameter is not one of those that exist")
    return query
