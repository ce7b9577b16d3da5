"""What a token is worth, as whoever runs the server may know (RFC 7662)."""

from dataclasses import dataclass

from auth_service.ports import Clients, Grants, Verifier
from auth_service.protocol.introspection import (
    INACTIVE,
    about_access_token,
    about_refresh_token,
)
from auth_service.protocol.refresh_grant import Standing
from valetkey.errors import InvalidToken


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtTokens:
    """The same answer as the endpoint's, for every token of this server."""

    issuer: str
    clients: Clients
    grants: Grants
    verifier: Verifier

    async def introspect(self, token: str) -> dict[str, object]:
        """What it is worth right now."""
        if "." in token:
            return await self._access_token(token)
        refresh = await self.grants.find_refresh(token)
        if refresh is None or refresh.standing is not Standing.CURRENT:
            return INACTIVE
        grant = refresh.grant
        return about_refresh_token(grant, issuer=self.issuer, sub=grant.subject)

    async def _access_token(self, token: str) -> dict[str, object]:
        try:
            claims = self.verifier.read_access_token(token)
        except InvalidToken:
            return INACTIVE
        if await self.clients.find(claims["client_id"]) is None:
            return INACTIVE
        if "grant_id" in claims:
            person = await self.grants.find_person(claims["grant_id"], claims["jti"])
            return (
                about_access_token(claims, username=person.username)
                if person
                else INACTIVE
            )
        if await self.grants.is_revoked(claims["jti"]):
            return INACTIVE
        return about_access_token(claims, username=None)
