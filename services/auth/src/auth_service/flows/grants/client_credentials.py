"""grant_type=client_credentials: check, issue (RFC 6749 section 4.4)."""

from collections.abc import Mapping
from dataclasses import dataclass

from auth_service.flows.issue import Answer, Issue
from auth_service.flows.token import Caller
from auth_service.ports import Resources
from auth_service.protocol.access_token import Access
from auth_service.protocol.authorization_details import read_details
from auth_service.protocol.scopes import (
    PERSON_SCOPES,
    check_details,
    read_scopes,
    target,
)
from valetkey.errors import InvalidClient, InvalidScope


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """An app speaks for itself: no person, no ID token, no refresh token."""

    resources: Resources
    issue: Issue

    async def exchange(self, parameters: Mapping[str, str], caller: Caller) -> Answer:
        """
        Without `scope` and details, all that the app is registered for.

        Raises:
            InvalidClient: a public client, which cannot prove that it is itself.
            InvalidScope, InvalidTarget: more than it is registered for.

        """
        client = caller.client
        if client.is_public:
            raise InvalidClient(detail="a public client has no credentials")
        mine = client.scopes - PERSON_SCOPES.keys()
        details = read_details(parameters.get("authorization_details"))
        scopes = read_scopes(parameters.get("scope"))
        if not scopes and not details:
            scopes = mine
        if not scopes <= mine:
            raise InvalidScope("the app is not registered for a scope")
        catalogue = await self.resources.catalogue()
        check_details(catalogue, details, client.authorization_details_types)
        resource = target(catalogue, scopes, parameters.get("resource"), details)
        return await self.issue.access(
            Access(
                client_id=client.client_id,
                subject=client.client_id,
                audience=resource.identifier if resource else self.issue.issuer,
                scopes=scopes,
                authorization_details=details,
                confirmation=caller.confirmation,
            )
        )
