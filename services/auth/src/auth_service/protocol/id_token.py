"""The claims of an ID token (OpenID Connect Core sections 2 and 3.1.3.6)."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256, sha512

from auth_service.protocol.acr import acr
from auth_service.protocol.claims_request import asked_for
from auth_service.protocol.refresh_grant import Grant

TYP = "JWT"


def at_hash(access_token: str, *, alg: str) -> str:
    """
    The left half of the access token's hash (OIDC Core section 3.1.3.6).

    The hash is the one inside the signature: SHA-256 of each algorithm whose name
    ends in 256, SHA-512 of Ed25519 (RFC 8032 section 5.1).
    """
    hash_ = sha512 if alg == "EdDSA" else sha256
    digest = hash_(access_token.encode("ascii")).digest()
    half = digest[: len(digest) // 2]
    return urlsafe_b64encode(half).rstrip(b"=").decode("ascii")


def id_token_claims(
    grant: Grant,
    *,
    issuer: str,
    sub: str,
    alg: str,
    nonce: str | None,
    access_token: str,
    told: Mapping[str, object],
    now: datetime,
    lifetime: timedelta,
) -> dict[str, object]:
    """
    OIDC Core section 2; what scopes open is told by userinfo (section 5.4).

    Args:
        sub: what the app calls the person.
        told: claims about the person that were asked for here by name (section 5.5).

    """
    iat = int(now.timestamp())
    claims: dict[str, object] = {
        **told,
        "iss": issuer,
        "sub": sub,
        "aud": grant.client_id,
        "iat": iat,
        "exp": iat + int(lifetime.total_seconds()),
        "auth_time": int(grant.auth_time.timestamp()),
        "amr": list(grant.amr),
        "at_hash": at_hash(access_token, alg=alg),
    }
    if nonce is not None:
        claims["nonce"] = nonce
    level = acr(grant.amr, among=asked_for(grant.claims, "acr"))
    if level is not None:
        claims["acr"] = level
    if grant.sid is not None:
        claims["sid"] = grant.sid
    return claims
