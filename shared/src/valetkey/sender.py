"""
Whether who sends a token has the key that it is bound to.

    DPoP           how an API takes proofs (RFC 9449 section 7)
    check_sender   the key of a proof, or of a client certificate (RFC 8705 section 3)
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest

from valetkey.access_token import AccessToken
from valetkey.confirmation import certificate_thumbprint
from valetkey.dpop import ALGORITHMS, check_proof, claim_once
from valetkey.dpop_nonces import Nonces
from valetkey.dpop_replays import MemoryReplays, ProofReplays
from valetkey.errors import InvalidToken
from valetkey.jwk import KEY_TYPES


@dataclass(frozen=True, slots=True, kw_only=True)
class DPoP:
    """
    How an API takes DPoP proofs.

    Attributes:
        required: whether a bearer token is refused.
        algorithms: what proofs may be signed with.
        nonces: where given, proofs must have one of them (RFC 9449 section 9).
        replays: where it is kept which proofs were used; in the memory of this
            process unless something else is said.

    Raises:
        ValueError: an algorithm is not asymmetric.

    """

    required: bool = False
    algorithms: Sequence[str] = ALGORITHMS
    nonces: Nonces | None = None
    replays: ProofReplays = field(default_factory=MemoryReplays)

    def __post_init__(self) -> None:
        """Refuse an algorithm that proves nothing (RFC 9449 section 4.3)."""
        if not self.algorithms or not set(self.algorithms) <= KEY_TYPES.keys():
            raise ValueError(f"algorithms must be some of {', '.join(KEY_TYPES)}")


#: Taken from whoever has them, required of nobody.
ACCEPTED = DPoP()


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """
    A token as a request presents it.

    Attributes:
        token: its text.
        dpop: whether it came with the scheme DPoP, and not Bearer.
        method: of the request.
        url: of the request, as clients know it.
        proofs: the DPoP headers, as many as there are.
        certificate: the client's, in DER, where a proxy that is trusted checked it.

    """

    token: str
    dpop: bool
    method: str
    url: str
    proofs: Sequence[str]
    certificate: bytes | None


async def check_sender(
    token: AccessToken, shown: Presentation, dpop: DPoP | None, *, now: datetime
) -> None:
    """
    Refuse a token that somebody else is bound to, or that comes without proof.

    Raises:
        InvalidToken: the key is not the token's, or nothing was proved at all.
        InvalidDpopProof: the proof is not one of this request.
        UseDpopNonce: it is good but for its nonce.
        TemporarilyUnavailable: nobody can say whether the proof was used.

    """
    jkt = token.confirmation.get("jkt")
    if shown.dpop and dpop is not None:
        # RFC 9449 section 7.1: this scheme is for tokens that are bound.
        if jkt is None:
            raise _refused("the token is not bound to a DPoP key")
        await _check_proof(jkt, shown, dpop, now=now)
    elif jkt is not None:
        # RFC 9449 section 7.2: or else a stolen one would do as a bearer token.
        raise _refused("the token is bound to a DPoP key and came without proof")
    elif dpop is not None and dpop.required:
        raise _refused("the token must be bound to a DPoP key")
    _check_certificate(token, shown)


async def _check_proof(
    jkt: str, shown: Presentation, dpop: DPoP, *, now: datetime
) -> None:
    proof = check_proof(
        shown.proofs,
        method=shown.method,
        url=shown.url,
        now=now,
        access_token=shown.token,
        nonces=dpop.nonces,
        algorithms=dpop.algorithms,
    )
    if not compare_digest(proof.jkt.encode(), jkt.encode()):
        raise _refused("the token is bound to another DPoP key")
    await claim_once(proof, dpop.replays, now=now)


def _check_certificate(token: AccessToken, shown: Presentation) -> None:
    """RFC 8705 section 3: the certificate of the connection is the token's."""
    wanted = token.confirmation.get("x5t#S256")
    if wanted is None:
        return
    if shown.certificate is None:
        raise _refused("the token is bound to a certificate that did not come along")
    found = certificate_thumbprint(shown.certificate)
    if not compare_digest(found.encode(), wanted.encode()):
        raise _refused("the token is bound to another certificate")


def _refused(description: str) -> InvalidToken:
    return InvalidToken(description, detail=description)
