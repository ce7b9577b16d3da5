"""Others who prove themselves by keys: clients, and trusted issuers."""

from collections.abc import Mapping
from typing import Any, Protocol

from auth_service.protocol.jwt_bearer import TrustedIssuer
from auth_service.protocol.user import User
from valetkey.jwk import VerificationKey


class KeyHolder(Protocol):
    """Whoever registered public keys here: a client, or a trusted issuer."""

    @property
    def jwks(self) -> Mapping[str, Any] | None:
        """A JWK Set, in place."""
        ...

    @property
    def jwks_uri(self) -> str | None:
        """Where it is, if not in place."""
        ...


class ClientKeys(Protocol):
    """The public keys that were registered, in `jwks` or behind `jwks_uri`."""

    async def find(
        self, client: KeyHolder, kid: str | None, alg: str
    ) -> VerificationKey | None:
        """
        The holder's key of that name for that algorithm, or None.

        None also where the keys cannot be had: that is between the client and
        whoever serves its keys.
        """
        ...

    async def has(self, client: KeyHolder, jkt: str) -> bool:
        """Whether a key with that thumbprint is among them (RFC 7638)."""
        ...


class TrustedIssuers(Protocol):
    """Other servers whose word about people the operator takes (RFC 7523)."""

    async def find(self, issuer: str) -> TrustedIssuer | None:
        """The issuer of this name, letter by letter."""
        ...

    async def find_person(self, member: str, value: str) -> User | None:
        """Whom an issuer means, by a member that is unique here."""
        ...
