"""grant_type=token-exchange: read, check, narrow, issue (RFC 8693)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from auth_service.flows.issue import Answer, Issue
from auth_service.flows.token import Caller
from auth_service.ports import (
    Audit,
    Clients,
    Consents,
    Grants,
    Resources,
    Subjects,
    Verifier,
)
from auth_service.protocol.access_token import Access
from auth_service.protocol.token_exchange import (
    ACCESS_TOKEN,
    chain,
    check_holder,
    narrow_to,
    reach,
    read_exchange,
)
from auth_service.protocol.user import User
from valetkey.errors import InvalidClient, InvalidGrant, InvalidToken


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenExchange:
    """A token becomes one for less, for another API, or for whom it acts."""

    clients: Clients
    resources: Resources
    consents: Consents
    grants: Grants
    verifier: Verifier
    subjects: Subjects
    issue: Issue
    audit: Audit

    async def exchange(self, parameters: Mapping[str, str], caller: Caller) -> Answer:
        """
        Never for longer, and never for more, than the token that is given.

        The new token belongs to the same family: whatever kills that kills it.

        Raises:
            InvalidClient: a public client, which anybody could be.
            InvalidGrant: a token is dead, or came to this client by no right.
            InvalidScope, InvalidTarget: more than may be had (section 2.2.2).

        """
        client = caller.client
        if client.is_public:
            raise InvalidClient(detail="a public client may not exchange tokens")
        request = read_exchange(parameters)
        subject, person = await self._read(request.subject_token)
        catalogue = await self.resources.catalogue()
        check_holder(subject, client, catalogue, caller.confirmation)
        actor = await self._actor(request.actor_token, caller)
        audience = request.audience or subject["aud"]
        consented = await self._consented(person, client.client_id, audience)
        most = reach(subject, client, audience, consented, catalogue)
        access = Access(
            client_id=client.client_id,
            subject=self.subjects.of(person.subject, client)
            if person
            else subject["sub"],
            audience=audience,
            scopes=narrow_to(most, request.scopes),
            grant_id=subject.get("grant_id"),
            sid=subject.get("sid"),
            auth_time=_at(subject["auth_time"]) if "auth_time" in subject else None,
            amr=tuple(subject.get("amr", ())),
            confirmation=caller.confirmation,
            actor=chain(subject, actor),
            lifetime=self.issue.no_longer_than(_at(subject["exp"])),
        )
        answer = await self.issue.access(access)
        await self.audit.record(
            "token.exchanged",
            subject=person.subject if person else None,
            client_id=client.client_id,
            ip=caller.ip,
            audience=audience,
            scope=answer["scope"],
        )
        # Beside `token_type` (section 2.2.1).
        return {**answer, "issued_token_type": ACCESS_TOKEN}

    async def _read(self, token: str) -> tuple[dict[str, Any], User | None]:
        """The claims of a token that is alive, and the person that it speaks for."""
        try:
            claims = self.verifier.read_access_token(token)
        except InvalidToken as error:
            raise InvalidGrant(detail=error.detail) from None
        if await self.clients.find(claims["client_id"]) is None:
            raise InvalidGrant(detail="the token's app is gone or suspended")
        person = None
        if "grant_id" in claims:
            person = await self.grants.find_person(claims["grant_id"], claims["jti"])
            alive = person is not None
        else:
            alive = not await self.grants.is_revoked(claims["jti"])
        if not alive:
            raise InvalidGrant(detail="the token was revoked")
        return claims, person

    async def _actor(self, token: str | None, caller: Caller) -> dict[str, Any] | None:
        """Who acts: only a token of the client's own says so (section 2.1)."""
        if token is None:
            return None
        actor, _ = await self._read(token)
        if actor["client_id"] != caller.client.client_id:
            raise InvalidGrant(detail="actor_token was issued to another client")
        return actor

    async def _consented(
        self, person: User | None, client_id: str, audience: str
    ) -> frozenset[str]:
        if person is None:
            return frozenset()
        granted = await self.consents.granted(person.subject, client_id, [audience])
        return granted.scopes if granted else frozenset()


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
