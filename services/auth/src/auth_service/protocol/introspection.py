"""What may be told about a token, and to whom (RFC 7662 sections 2.2 and 2.3)."""

from collections.abc import Mapping
from datetime import datetime

from auth_service.protocol.client import Client
from auth_service.protocol.refresh_grant import Grant
from auth_service.protocol.scopes import Catalogue, write_scopes

#: The `typ` of an answer that is signed (RFC 9701 section 5).
TYP = "token-introspection+jwt"

INACTIVE: dict[str, object] = {"active": False}

#: The claims of an access token that an answer repeats (RFC 7662 section 2.2; RFC 9396
#: section 9, and section 9.2).
_TOLD = (
    "scope",
    "client_id",
    "exp",
    "iat",
    "sub",
    "aud",
    "iss",
    "jti",
    "auth_time",
    "acr",
    "amr",
    "authorization_details",
    "cnf",
    "act",
    "sid",
)


def may_know(
    claims: Mapping[str, object], caller: Client, catalogue: Catalogue
) -> bool:
    """Whether the token is made out to the caller's resource, or was issued to it."""
    if claims.get("client_id") == caller.client_id:
        return True
    return claims.get("aud") in catalogue.speaks_for(caller.client_id)


def about_access_token(
    claims: Mapping[str, object], *, username: str | None
) -> dict[str, object]:
    """An active access token."""
    told = {name: claims[name] for name in _TOLD if name in claims}
    if username is not None:
        told["username"] = username
    cnf = claims.get("cnf")
    bound = isinstance(cnf, Mapping) and "jkt" in cnf  # RFC 9449 section 6.2
    return {"active": True, "token_type": "DPoP" if bound else "Bearer", **told}


def about_refresh_token(grant: Grant, *, issuer: str, sub: str) -> dict[str, object]:
    """An active refresh token; only its own client is told."""
    return {
        "active": True,
        "token_type": "refresh_token",
        "client_id": grant.client_id,
        "sub": sub,
        "scope": write_scopes(grant.scopes),
        "iss": issuer,
    }


def signed_claims(
    answer: Mapping[str, object], caller: Client, *, issuer: str, now: datetime
) -> dict[str, object]:
    """An answer to be signed, for this caller alone (RFC 9701 section 5)."""
    return {
        "iss": issuer,
        "aud": caller.client_id,
        "iat": int(now.timestamp()),
        "token_introspection": dict(answer),
    }
