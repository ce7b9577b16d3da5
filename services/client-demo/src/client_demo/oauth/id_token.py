"""
What an ID token must say about this sign-in (OpenID Connect Core 3.1.3.7).

Its signature and what every reader asks of it (`iss`, `aud`, `azp`, `exp`, `iat`)
are the library's business; here is what only the browser's attempt can tell.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256, sha384, sha512
from hmac import compare_digest
from typing import Any

from client_demo.errors import AnswerRefused

#: How far the clocks of two machines may be apart, in seconds.
_LEEWAY = 30
_HASHES = {"256": sha256, "384": sha384, "512": sha512}


def check_nonce(claims: Mapping[str, Any], *, nonce: str) -> None:
    """
    `nonce` is the one of this browser's request; absent is as bad as wrong.

    No token is used before (RFC 9700 section 4.5.3.2).
    """
    found = claims.get("nonce")
    if not (isinstance(found, str) and compare_digest(found.encode(), nonce.encode())):
        raise AnswerRefused("nonce of the ID token is not the one that we sent")


def check_at_hash(claims: Mapping[str, Any], *, access_token: str, alg: str) -> None:
    """`at_hash`, where present, is the hash of this access token (3.1.3.8)."""
    if "at_hash" in claims and claims["at_hash"] != at_hash(access_token, alg):
        raise AnswerRefused("at_hash is the hash of another access token")


def at_hash(access_token: str, alg: str) -> str:
    """The left half of the token's hash, base64url (3.1.3.6)."""
    # Ed25519 hashes with SHA-512 (RFC 8032), and its `alg` names no length.
    hashed = _HASHES.get(alg[-3:], sha512)(access_token.encode("ascii")).digest()
    half = hashed[: len(hashed) // 2]
    return urlsafe_b64encode(half).rstrip(b"=").decode("ascii")


def check_same_person(claims: Mapping[str, Any], *, subject: str | None) -> None:
    """A new ID token speaks of the same person as the old one, if any (12.2)."""
    if subject is not None and claims.get("sub") != subject:
        raise AnswerRefused("sub of the new ID token is another person")


def check_auth_time(
    claims: Mapping[str, Any], *, max_age: str | None, now: datetime
) -> None:
    """Where we sent `max_age`, the sign-in is no older (3.1.2.1, 3.1.3.7 (13))."""
    if max_age is None:
        return
    auth_time = claims.get("auth_time")
    oldest = now.timestamp() - int(max_age) - _LEEWAY
    if type(auth_time) is not int or auth_time < oldest:
        raise AnswerRefused("auth_time is older than max_age allows, or missing")
