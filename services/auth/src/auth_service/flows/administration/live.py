"""Whether a token may still do what it says at our own API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auth_service.ports import Clients, Grants, Verifier
from valetkey.errors import InvalidToken
from valetkey.parameters import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """
    Asked on every call, so what was revoked is refused at once.

    A token that a person gave an app is worth as much as that person: nothing, unless
    they administer.
    """

    clients: Clients
    grants: Grants
    verifier: Verifier

    async def is_active(self, token: str) -> bool:
        """See `valetkey.introspection.Introspection.is_active`."""
        try:
            claims = self.verifier.read_access_token(token)
        except InvalidToken:
            return False
        client = await self.clients.find(claims["client_id"])
        # Only the operator's own apps: whoever owns one could have it do their will.
        if client is None or client.owner is not None or client.self_registered:
            return False
        # What the operator takes from an app, it has lost with this call.
        if not set(words(claims.get("scope"))) <= client.scopes:
            return False
        if "grant_id" in claims:
            person = await self.grants.find_person(claims["grant_id"], claims["jti"])
            return person is not None and person.administrator
        return not await self.grants.is_revoked(claims["jti"])

    async def who(self, claims: Mapping[str, Any]) -> str:
        """Whom the audit log names: the person, or the app that is its own."""
        if "grant_id" in claims:
            person = await self.grants.find_person(claims["grant_id"], claims["jti"])
            if person is not None:
                return person.subject
        return str(claims["client_id"])
