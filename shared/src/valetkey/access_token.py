"""What a verified access token says (RFC 9068 section 2.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Self

from valetkey.confirmation import read_confirmation
from valetkey.errors import InvalidToken
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
        confirmation: `cnf`, the key that its sender must have; empty for a bearer
            token (RFC 9449 section 6, RFC 8705 section 3).
        authorization_details: what it may be used for, beside scopes (RFC 9396
            section 9.1).
        acr: how the person proved who they are; None where it does not say.
        auth_time: when they did, in UTC; None where it does not say (RFC 9470
            section 6.1).
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
    confirmation: Mapping[str, str]
    authorization_details: tuple[Mapping[str, Any], ...]
    acr: str | None
    auth_time: datetime | None
    claims: Mapping[str, Any] = field(repr=False)

    @property
    def is_clients_own(self) -> bool:
        """Whether the application speaks for itself and no person is behind it."""
        return self.subject == self.client_id

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> Self:
        """
        The token with these claims, as `verify_jwt` checked them.

        Raises:
            InvalidToken: `cnf`, `authorization_details`, `acr` or `auth_time` is
                malformed.

        """
        return cls(
            issuer=claims["iss"],
            subject=claims["sub"],
            client_id=claims["client_id"],
            audience=claims["aud"],
            scopes=frozenset(words(claims.get("scope"))),
            issued_at=datetime.fromtimestamp(claims["iat"], UTC),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            jti=claims["jti"],
            confirmation=MappingProxyType(dict(read_confirmation(claims))),
            authorization_details=_details(claims.get("authorization_details", [])),
            acr=_acr(claims.get("acr")),
            auth_time=_time(claims.get("auth_time")),
            claims=MappingProxyType(dict(claims)),
        )


def _details(value: object) -> tuple[Mapping[str, Any], ...]:
    """A list of objects, each of a type (RFC 9396 section 2)."""
    details: list[Any] = value if isinstance(value, list) else [None]
    if not all(_has_type(each) for each in details):
        reason = "authorization_details is malformed"
        raise InvalidToken(reason, detail=reason)
    return tuple(MappingProxyType(each) for each in details)


def _has_type(detail: object) -> bool:
    return isinstance(detail, dict) and isinstance(detail.get("type"), str)


def _acr(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise InvalidToken("acr is not a string", detail="acr is not a string")


def _time(value: int | None) -> datetime | None:
    try:
        return None if value is None else datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        # A whole number of seconds, as was checked, and still in no calendar.
        reason = "auth_time is not a date"
        raise InvalidToken(reason, detail=reason) from None
