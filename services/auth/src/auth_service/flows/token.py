"""Authenticate, confirm, dispatch by grant_type: the pipeline with one slot."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from auth_service.flows.client_authentication import ClientAuthentication
from auth_service.flows.confirm import Confirm
from auth_service.flows.issue import Answer
from auth_service.ports import Attempts
from auth_service.protocol.call import Call
from auth_service.protocol.client import Client
from auth_service.protocol.confirmation import Confirmation
from auth_service.protocol.fapi import check_bound
from auth_service.protocol.throttle import Throttle
from valetkey.errors import (
    InvalidGrant,
    InvalidRequest,
    SlowDown,
    UnauthorizedClient,
    UnsupportedGrantType,
)


@dataclass(frozen=True, slots=True)
class Caller:
    """
    The client that authenticated, and what came with its call.

    Attributes:
        confirmation: the key that it proved to hold, as `cnf` says it: what its
            tokens are bound to (RFC 9449 section 5, RFC 8705 section 3).

    """

    client: Client
    call: Call
    confirmation: Confirmation | None = None

    @property
    def ip(self) -> str:
        """Where it called from."""
        return self.call.ip


#: What a grant_type does with an authenticated client: it fills this one slot.
Exchange = Callable[[Mapping[str, str], Caller], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """The token endpoint (RFC 6749 section 3.2). A new grant is an entry in app.py."""

    clients: ClientAuthentication
    confirm: Confirm
    grants: Mapping[str, Exchange]
    attempts: Attempts
    failures: Throttle

    async def exchange(self, parameters: Mapping[str, str], call: Call) -> Answer:
        """
        Exchange a grant for tokens.

        Raises:
            OAuthError: RFC 6749 section 5.2.

        """
        client = await self.clients.authenticate(parameters, call)
        grant_type = parameters.get("grant_type")
        if grant_type is None:
            raise InvalidRequest("grant_type is missing")
        exchange = self.grants.get(grant_type)
        if exchange is None:
            raise UnsupportedGrantType("grant_type is not supported")
        if grant_type not in client.grant_types:
            raise UnauthorizedClient("the app is not registered for this grant_type")
        # RFC 9449 section 5: for every grant, and before it, so that none forgets it.
        confirmation = await self.confirm.confirm(client, call)
        check_bound(client, confirmation)
        try:
            return await exchange(parameters, Caller(client, call, confirmation))
        except InvalidGrant:
            key = f"grant:{client.client_id}:{call.ip}"
            wait = await self.attempts.reserve(key, self.failures)
            if wait:
                raise SlowDown(retry_after=wait, detail="wrong grants") from None
            raise
