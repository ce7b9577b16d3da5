"""What may be told about a token, and to whom (RFC 7662 section 2.2)."""

from collections.abc import Mapping

from auth_service.protocol.client import Client
from auth_service.protocol.refresh_grant import Grant
from auth_service.protocol.scopes import Catalogue, write_scopes

INACTIVE: dict[str, object] = {"active": False}

#: The claims of an access token that an answer repeats (RFC 7662 section 2.2).
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
    "amr",
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
    return {"active": True, "token_type": "Bearer", **told}


def about_refresh_token(grant: Grant, *, issuer: str) -> dict[str, object]:
    """An active refresh token; only its own client is told."""
    return {
        "active": True,
        "token_type": "refresh_token",
        "client_id": grant.client_id,
        "sub": grant.subject,
        "scope": write_scopes(grant.scopes),
        "iss": issuer,
    }
