"""
DPoP proofs: who sends a token shows that it has the key of it (RFC 9449).

    check_proof(...)    the proof of a request, or why it is none
    claim_once(...)     a proof counts once

The authorization server and resource servers read proofs with this same code.
`check_proof` is pure, from headers, request and time.
"""

from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from valetkey.dpop_nonces import Nonces
from valetkey.dpop_replays import ProofReplays
from valetkey.errors import InvalidDpopProof, InvalidToken, UseDpopNonce
from valetkey.htu import normalised
from valetkey.jwk import read_public_key
from valetkey.jws import read_json_object, read_jws
from valetkey.opaque import fingerprint
from valetkey.thumbprint import thumbprint

#: Signature algorithms of proofs that are accepted where nothing else is said.
ALGORITHMS = ("ES256", "EdDSA", "PS256", "RS256")
#: How long after its `iat` a proof is accepted, in seconds.
MAX_AGE = 60
#: How far in the future `iat` may lie, in seconds: a client's clock may be ahead.
LEEWAY = 30
#: The longest `jti`, in characters.
MAX_JTI = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """
    A proof that was checked.

    Attributes:
        jkt: the thumbprint of its key (RFC 7638), for `cnf` (RFC 9449 section 6).
        jti: its own name.
        iat: when it was made, in seconds since 1970.
        alg: what it is signed with.

    """

    jkt: str
    jti: str
    iat: int
    alg: str


def check_proof(
    headers: Sequence[str],
    *,
    method: str,
    url: str,
    now: datetime,
    access_token: str | None = None,
    nonces: Nonces | None = None,
    algorithms: Collection[str] = ALGORITHMS,
) -> Proof:
    """
    Check the proof of a request (RFC 9449 section 4.3). `claim_once` comes after it.

    Args:
        headers: the values of all its DPoP headers.
        method: of the request.
        url: of the request, as clients know it; query and fragment do not count.
        now: what time it is.
        access_token: the token that came along; the proof must be about it.
        nonces: where given, the proof must have one of them.
        algorithms: that a proof may be signed with.

    Raises:
        InvalidDpopProof: there is none, or more than one, or it proves nothing.
        UseDpopNonce: it is good but for its nonce.

    """
    if len(headers) != 1:
        raise _refused("exactly one DPoP header is needed")
    try:
        claims, jkt, alg = _read(headers[0], algorithms)
    except InvalidToken as error:
        raise InvalidDpopProof(
            "the DPoP proof is malformed or forged", detail=error.detail
        ) from None
    _check_claims(claims, method, url, now)
    if access_token is not None and claims.get("ath") != token_hash(access_token):
        raise _refused("ath is not the access token's hash")
    # RFC 9449 sections 8 and 11.3: where nonces are demanded, one without is none.
    if nonces is not None and not nonces.accepts(claims.get("nonce"), now):
        raise UseDpopNonce(nonces.issue(now))
    return Proof(jkt=jkt, jti=claims["jti"], iat=claims["iat"], alg=alg)


async def claim_once(proof: Proof, replays: ProofReplays, *, now: datetime) -> None:
    """
    Let a proof count once (RFC 9449 section 11.1).

    Raises:
        InvalidDpopProof: it was used before.
        TemporarilyUnavailable: nobody can say.

    """
    seconds = proof.iat + MAX_AGE - int(now.timestamp()) + 1
    # A jti is unique only among the proofs of one key.
    if not await replays.claim(fingerprint(f"{proof.jkt} {proof.jti}"), seconds):
        raise _refused("the DPoP proof was used before")


def token_hash(access_token: str) -> str:
    """What `ath` must be (RFC 9449 section 4.2)."""
    digest = sha256(access_token.encode("utf-8", "surrogatepass")).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _read(proof: str, algorithms: Collection[str]) -> tuple[dict[str, Any], str, str]:
    """The claims, the thumbprint of the key in the header that signed them, `alg`."""
    jws = read_jws(proof)
    # RFC 9449 sections 11.5 and 11.6: no other kind of JWT, no other algorithm.
    if jws.typ != "dpop+jwt":
        raise InvalidToken(detail="typ is not dpop+jwt")
    jwk = jws.header.get("jwk")
    key = read_public_key(jwk, jws.alg) if jws.alg in algorithms else None
    if key is None or not isinstance(jwk, Mapping):
        raise InvalidToken(detail="jwk is not a public key for an accepted alg")
    return read_json_object(jws.payload(key)), thumbprint(jwk), jws.alg


def _check_claims(
    claims: Mapping[str, Any], method: str, url: str, now: datetime
) -> None:
    """Whether a proof is one of this request, and made just now."""
    if claims.get("htm") != method:
        raise _refused("htm is not the request's method")
    target = normalised(url)
    if target is None or normalised(claims.get("htu")) != target:
        raise _refused("htu is not the request's URI")
    iat, jti = claims.get("iat"), claims.get("jti")
    # bool is an int in Python, and no date; an int may be longer than any float.
    if type(iat) is not int or not -MAX_AGE <= iat - int(now.timestamp()) <= LEEWAY:
        raise _refused("iat is not about now")
    if not isinstance(jti, str) or not 0 < len(jti) <= MAX_JTI:
        raise _refused("jti is not a string of 1 to 255 characters")


def _refused(description: str) -> InvalidDpopProof:
    return InvalidDpopProof(description, detail=description)
