"""Requests with a proof that we have the key of the token (RFC 9449, client side)."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from jwt import PyJWK
from jwt.algorithms import ECAlgorithm

from client_demo.outbound import Answer, Outbound, Trace
from valetkey.clock import Clock
from valetkey.dpop import token_hash
from valetkey.fetch import origin
from valetkey.http import Request
from valetkey.thumbprint import thumbprint

_PUBLIC = ("kty", "crv", "x", "y")


def new_key() -> str:
    """A private key for ES256 as a JWK; one for each sign-in."""
    return str(ECAlgorithm.to_jwk(generate_private_key(SECP256R1())))


def jkt(key: str) -> str:
    """The thumbprint of its public half (section 6.1)."""
    return thumbprint(_public(key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """
    What the proof of a request is about.

    Attributes:
        key: the private key, as a JWK.
        url: of the request as the other side knows it (`htu`), which may differ from
            where this server reaches it.
        access_token: the token that goes along, or None.

    """

    key: str
    url: str
    access_token: str | None = None

    def sign(self, method: str, *, now: datetime, nonce: str | None) -> str:
        """The DPoP header (section 4.2)."""
        claims = {
            "jti": uuid4().hex,
            "htm": method,
            "htu": self.url.partition("?")[0],
            "iat": int(now.timestamp()),
        }
        if self.access_token is not None:
            claims["ath"] = token_hash(self.access_token)
        if nonce is not None:
            claims["nonce"] = nonce
        header = {"typ": "dpop+jwt", "jwk": _public(self.key)}
        private = PyJWK.from_json(self.key, algorithm="ES256")
        return jwt.encode(claims, private, algorithm="ES256", headers=header)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prover:
    """Sends requests, with proofs where there is a key, and remembers nonces."""

    outbound: Outbound
    clock: Clock
    #: The last nonce of each server, by its origin (section 8.2).
    _nonces: dict[str, str] = field(default_factory=dict)

    async def send(
        self, request: Request, trace: Trace, *, title: str, proof: Proof | None
    ) -> Answer:
        """
        Send a request; where the server wants its nonce in the proof, once more.

        Raises:
            NoAnswer: see `Outbound.send`.

        """
        if proof is None:
            return await self.outbound.send(request, trace, title=title)
        answer = await self._send(request, trace, title, proof)
        if _wants_nonce(answer):
            again = f"{title}, with the server's nonce"
            answer = await self._send(request, trace, again, proof)
        return answer

    async def _send(
        self, request: Request, trace: Trace, title: str, proof: Proof
    ) -> Answer:
        server = origin(proof.url)
        request.headers["dpop"] = proof.sign(
            request.method, now=self.clock.now(), nonce=self._nonces.get(server)
        )
        answer = await self.outbound.send(request, trace, title=title)
        if "dpop-nonce" in answer.headers:
            self._nonces[server] = answer.headers["dpop-nonce"][:500]
        return answer


def _wants_nonce(answer: Answer) -> bool:
    """Sections 8 and 9: an error of the token endpoint, or an API's challenge."""
    if answer.status not in {400, 401} or "dpop-nonce" not in answer.headers:
        return False
    challenge = answer.headers.get("www-authenticate", "")
    return "use_dpop_nonce" in challenge or b'"use_dpop_nonce"' in answer.body


def _public(key: str) -> dict[str, str]:
    private = json.loads(key)
    return {name: private[name] for name in _PUBLIC}
