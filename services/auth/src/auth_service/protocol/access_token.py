"""The claims of a JWT access token (RFC 9068 section 2.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from auth_service.protocol.acr import acr
from auth_service.protocol.scopes import write_scopes

#: RFC 9068 section 2.1: of this type, and signed with a key that APIs can look up.
TYP = "at+jwt"
ALG = "ES256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """
    What one access token allows.

    Attributes:
        subject: the person, or the client itself where no person is involved.
        audience: the one resource that may accept it (RFC 9700 section 2.3).
        grant_id: the family it can be revoked with; None for client_credentials.
        authorization_details: what it allows in detail (RFC 9396 section 9.1).
        confirmation: the key that its holder must prove (RFC 7800 section 3.1).
        actor: who acts for the subject (RFC 8693 section 4.1).
        lifetime: shorter than usual, where it comes of another token.

    """

    client_id: str
    subject: str
    audience: str
    scopes: frozenset[str]
    grant_id: str | None = None
    sid: str | None = None
    auth_time: datetime | None = None
    amr: tuple[str, ...] = ()
    authorization_details: tuple[Mapping[str, Any], ...] = ()
    confirmation: Mapping[str, str] | None = None
    actor: Mapping[str, Any] | None = None
    lifetime: timedelta | None = None


def access_token_claims(
    access: Access, *, issuer: str, jti: str, now: datetime, lifetime: timedelta
) -> dict[str, object]:
    """
    RFC 9068 section 2.2; `grant_id` is ours, for introspection and revocation.

    Of a person it says who, and when and how they signed in (RFC 9470 sections 5 and
    6.1): no name and no address, for whoever holds it can read it (RFC 7519 section
    12).
    """
    iat = int(now.timestamp())
    claims: dict[str, object] = {
        "iss": issuer,
        "aud": access.audience,
        "sub": access.subject,
        "client_id": access.client_id,
        "iat": iat,
        "exp": iat + int((access.lifetime or lifetime).total_seconds()),
        "jti": jti,
        "scope": write_scopes(access.scopes),
    }
    if access.grant_id is not None:
        claims["grant_id"] = access.grant_id
    if access.sid is not None:
        claims["sid"] = access.sid
    if access.auth_time is not None:
        claims["auth_time"] = int(access.auth_time.timestamp())
        claims["amr"] = list(access.amr)
        if (level := acr(access.amr)) is not None:
            claims["acr"] = level
    if access.authorization_details:
        claims["authorization_details"] = list(access.authorization_details)
    if access.confirmation is not None:
        claims["cnf"] = dict(access.confirmation)
    if access.actor is not None:
        claims["act"] = dict(access.actor)
    return claims
