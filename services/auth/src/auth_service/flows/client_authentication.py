"""Find the client and prove that it is the one."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from auth_service.ports import Attempts, Clients
from auth_service.protocol.call import Call
from auth_service.protocol.client import Client
from auth_service.protocol.client_authentication import (
    check_credentials,
    read_credentials,
)
from auth_service.protocol.throttle import Throttle
from valetkey.errors import InvalidClient, SlowDown, TemporarilyUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAuthentication:
    """One way in for the token, introspection and revocation endpoints."""

    clients: Clients
    attempts: Attempts
    failures: Throttle

    async def authenticate(self, parameters: Mapping[str, str], call: Call) -> Client:
        """
        The client that sent this request (RFC 6749 section 2.3).

        Failures are counted, successes cost nothing: against 256 random bits it is
        the flood that matters, not the guess.

        Raises:
            InvalidClient: it did not prove who it is.
            SlowDown: that happened too often from this address.
            InvalidRequest: it tried in two ways.

        """
        credentials = read_credentials(parameters, call.authorization)
        client = await self.clients.find(credentials.client_id)
        try:
            check_credentials(credentials, client)
        except InvalidClient:
            key = f"client:{credentials.client_id}:{call.ip}"
            wait = await self.attempts.reserve(key, self.failures)
            if wait:
                raise SlowDown(retry_after=wait, detail="wrong secrets") from None
            raise
        if client is None:  # check_credentials() has refused it
            raise InvalidClient(detail="client is not known")
        if credentials.client_secret is not None:
            # Nobody is turned away because a date could not be written.
            with suppress(TemporarilyUnavailable):
                await self.clients.note_use(client.client_id, credentials.client_secret)
        return client
