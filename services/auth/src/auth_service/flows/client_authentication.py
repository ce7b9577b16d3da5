"""Find the client and prove that it is the one."""

from collections.abc import Mapping
from dataclasses import dataclass

from auth_service.ports import Attempts, ClientKeys, Clients, SingleUse
from auth_service.protocol.call import Call
from auth_service.protocol.client import TLS_AUTH_METHODS, Client
from auth_service.protocol.client_assertion import (
    ClientAssertion,
    check_alg,
    check_client_assertion,
)
from auth_service.protocol.client_authentication import (
    Credentials,
    check_secret,
    read_credentials,
)
from auth_service.protocol.client_certificate import (
    has_registered_name,
    key_thumbprint,
)
from auth_service.protocol.throttle import Throttle
from valetkey.clock import Clock
from valetkey.errors import InvalidClient, SlowDown


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAuthentication:
    """
    One way in for every endpoint that asks a client who it is.

    Attributes:
        methods: those that work here.

    """

    issuer: str
    clients: Clients
    keys: ClientKeys
    assertions: SingleUse
    attempts: Attempts
    failures: Throttle
    clock: Clock
    methods: frozenset[str]

    async def authenticate(self, parameters: Mapping[str, str], call: Call) -> Client:
        """
        The client that sent this (RFC 6749 sections 2.3, 3.2.1, 4.4.2 and 10.2).

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
            client = await self._prove(credentials, client, call)
        except InvalidClient:
            key = f"client:{credentials.client_id}:{call.ip}"
            wait = await self.attempts.reserve(key, self.failures)
            if wait:
                raise SlowDown(retry_after=wait, detail="wrong secrets") from None
            raise
        if credentials.client_secret is not None:
            self.clients.note_use(client.client_id, credentials.client_secret)
        return client

    async def _prove(
        self, credentials: Credentials, client: Client | None, call: Call
    ) -> Client:
        """
        By the one method that it is registered for (OIDC Core 3.1.3.1, 9, 12.1).

        So each name has its way to prove itself (RFC 6749 section 2.3.2).
        """
        method = client.token_endpoint_auth_method if client else None
        by_certificate = method in TLS_AUTH_METHODS and credentials.method == "none"
        if client is None or not (by_certificate or credentials.client_assertion):
            check_secret(credentials, client)
        if client is None:  # check_secret() has refused it
            raise InvalidClient(detail="client is not known")
        if method not in self.methods:
            raise InvalidClient(detail="the client's method is not offered")
        if by_certificate:
            await self._check_certificate(client, call)
        elif credentials.client_assertion is not None:
            # Of a client-id-metadata-document, what that says (section 8.2).
            if credentials.method != method:
                raise InvalidClient(detail="client is registered for another method")
            await self._check_assertion(credentials.client_assertion, client)
        return client

    async def _check_assertion(
        self, assertion: ClientAssertion, client: Client
    ) -> None:
        """Signed with a key of the client's, and used once (RFC 7523 section 3)."""
        check_alg(assertion, client)
        jws = assertion.jws
        key = await self.keys.find(client, jws.kid, jws.alg)
        if key is None:
            raise InvalidClient(detail="client_assertion: the key is not known")
        used = check_client_assertion(
            assertion, key, issuer=self.issuer, now=self.clock.now()
        )
        if not await self.assertions.claim(
            client.client_id, used.jti, seconds=used.seconds
        ):
            raise InvalidClient(detail="client_assertion: it was used before")

    async def _check_certificate(self, client: Client, call: Call) -> None:
        """By its name, or by its key (RFC 8705 sections 2, 2.1 and 2.2)."""
        if call.certificate is None:
            raise InvalidClient(detail="there is no client certificate")
        if client.token_endpoint_auth_method == "tls_client_auth":
            known = has_registered_name(call.certificate, client)
        else:
            jkt = key_thumbprint(call.certificate)
            known = jkt is not None and await self.keys.has(client, jkt)
        if not known:
            raise InvalidClient(detail="the certificate is not the client's")
