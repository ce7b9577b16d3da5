"""What a verified access token says (RFC 9068 section 2.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Self

from valetkey.parameters import words


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """
    A token whose signature and claims were checked. It does not hold the token itself.

    Attributes:
        issuer: `iss`, the authorization server.
        subject: `sub`, whom it speaks for; stable, and unique at the issuer.
        client_id: the application that holds it.
        audience: `aud`, the resource it is meant for.
        scopes: what it may be used for.
        issued_at: `iat`, in UTC.
        expires_at: `exp`, in UTC.
        jti: its own name.
        claims: everything that it says.

    """

    issuer: str
    subject: str
    client_id: str
    audience: str
    scopes: frozenset[str]
    issued_at: datetime
    expires_at: datetime
    jti: str
    claims: Mapping[str, Any] = field(repr=False)

    @property
    def is_clients_own(self) -> bool:
        """Whether the application speaks for itself and no person is behind it."""
        return self.subject == self.client_id

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> Self:
        """The token with these claims, as `verify_jwt` checked them."""
        return cls(
            issuer=claims["iss"],
            subject=claims["sub"],
            client_id=claims["client_id"],
            audience=claims["aud"],
            scopes=frozenset(words(claims.get("scope"))),
            issued_at=datetime.fromtimestamp(claims["iat"], UTC),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            jti=claims["jti"],
            claims=MappingProxyType(dict(claims)),
        )
