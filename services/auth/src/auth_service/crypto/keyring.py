"""Signing keys in use: which one signs now, which are published, what they verify."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.algorithms import (
    ECAlgorithm,
    OKPAlgorithm,
    RSAAlgorithm,
    get_default_algorithms,
)
from jwt.utils import base64url_encode
from pydantic_core import to_json

from auth_service.crypto.seal import Seal
from auth_service.ports import NewKey, SealedKey
from valetkey.errors import TemporarilyUnavailable
from valetkey.jwk import VerificationKey, find_key, read_jwks
from valetkey.jwt_verification import Expectation, verify_jwt
from valetkey.thumbprint import thumbprint
from valetkey.verified import VerifiedTokens

#: The algorithms that we sign with; each always has a key.
ALGS = ("ES256", "RS256", "PS256", "EdDSA")
_ALGORITHMS = get_default_algorithms()
#: Claims, `typ`, `alg`, and who waits for the token.
_Waiting = tuple[Mapping[str, object], str, str, "asyncio.Future[str]"]


@dataclass(frozen=True, slots=True)
class _SigningKey:
    kid: str
    #: By the monotonic clock, so that a clock set back does not revive a key.
    active_at: float
    private_key: Any


class Keyring:
    """The port `Signer` and `Verifier`; `load()` keeps it up to date."""

    def __init__(self, seal: Seal, *, issuer: str) -> None:
        self._seal = seal
        self._issuer = issuer
        self._opened: dict[str, Any] = {}
        self._signing: dict[str, list[_SigningKey]] = {}
        self._verifying: Mapping[str | None, VerificationKey] = {}
        self._access_token = Expectation.access_token(issuer=issuer, audience=None)
        self._verified = VerifiedTokens()
        self._waiting: list[_Waiting] = []
        self.jwks: dict[str, Any] = {"keys": []}
        #: The same, as it is published.
        self.document = b""

    def load(self, now: datetime, keys: Sequence[SealedKey]) -> None:
        """Take over the stored keys; `now` is the store's clock."""
        offset = time.monotonic() - now.timestamp()
        signing: dict[str, list[_SigningKey]] = {}
        for key in keys:
            if key.kid not in self._opened:
                pem = self._seal.open(key.private_key_sealed, name=key.kid)
                # What was sealed is what was drawn; looking whether its primes are
                # prime would hold everybody up for a tenth of a second per key.
                loaded = serialization.load_pem_private_key(
                    pem, password=None, unsafe_skip_rsa_key_validation=True
                )
                self._opened[key.kid] = loaded
            if key.active_at is not None:
                when = key.active_at.timestamp() + offset
                one = _SigningKey(key.kid, when, self._opened[key.kid])
                signing.setdefault(key.alg, []).append(one)
        for of_alg in signing.values():
            of_alg.sort(key=lambda one: one.active_at, reverse=True)
        self._signing = signing
        jwks = {"keys": [key.public_jwk for key in keys]}
        if jwks != self.jwks:
            self.jwks, self._verifying = jwks, read_jwks(jwks)
            self.document = to_json(jwks)

    def sign(self, claims: Mapping[str, object], *, typ: str, alg: str) -> str:
        """
        Sign claims, as a JWS (RFC 7519 section 7.1).

        `typ` and `kid` are in the header (OIDC Core section 10.1).
        """
        now = time.monotonic()
        for key in self._signing.get(alg, ()):
            if key.active_at <= now:
                signed = f"{_header(typ, alg, key.kid)}.{_segment(claims)}".encode()
                signature = _ALGORITHMS[alg].sign(signed, key.private_key)
                return (signed + b"." + base64url_encode(signature)).decode()
        raise TemporarilyUnavailable(detail=f"no key signs {alg} yet")

    async def sign_soon(
        self, claims: Mapping[str, object], *, typ: str, alg: str
    ) -> str:
        """
        The same, with all that is to be signed in this turn of the event loop.

        One after the other they find the curve's tables in the processor's cache,
        where between other work each would fetch them again: half of the time.
        """
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._sign_waiting)
        signed: asyncio.Future[str] = loop.create_future()
        self._waiting.append((claims, typ, alg, signed))
        return await signed

    def _sign_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for claims, typ, alg, signed in waiting:
            if signed.done():
                continue  # nobody waits any more
            try:
                signed.set_result(self.sign(claims, typ=typ, alg=alg))
            except TemporarilyUnavailable as error:
                signed.set_exception(error)

    def find(self, kid: str | None) -> VerificationKey | None:
        """The published key of that name."""
        return find_key(self._verifying, kid)

    def read_access_token(self, token: str) -> dict[str, Any]:
        """The claims of one of our access tokens, for whichever audience."""
        return verify_jwt(
            token,
            self._verifying,
            self._access_token,
            now=datetime.now(UTC),
            verified=self._verified,
        )

    def read_id_token_hint(self, id_token_hint: str) -> dict[str, Any]:
        """The claims of one of our ID tokens, expired or not."""
        expectation = Expectation.id_token(issuer=self._issuer, client_id=None)
        expectation = replace(expectation, may_be_expired=True)
        return verify_jwt(
            id_token_hint, self._verifying, expectation, now=datetime.now(UTC)
        )

    async def draw(self, algs: Iterable[str]) -> list[NewKey]:
        """New keys; off the event loop, for an RSA key takes up to a second."""
        return [await asyncio.to_thread(self._draw, alg) for alg in algs]

    def _draw(self, alg: str) -> NewKey:
        private: EllipticCurvePrivateKey | RSAPrivateKey | Ed25519PrivateKey
        if alg == "ES256":
            private = ec.generate_private_key(ec.SECP256R1())
            jwk = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
        elif alg == "EdDSA":
            private = Ed25519PrivateKey.generate()
            jwk = OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)
        else:
            private = rsa.generate_private_key(65537, 3072)
            jwk = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
        names = ("kty", "crv", "x", "y", "n", "e")
        public: dict[str, str] = {str(n): v for n, v in jwk.items() if n in names}
        kid = thumbprint(public)
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return NewKey(
            kid=kid,
            alg=alg,
            public_jwk={**public, "kid": kid, "alg": alg, "use": "sig"},
            # It is kept in no other way (RFC 7517 sections 7 and 9.2).
            private_key_sealed=self._seal.close(pem, name=kid),
        )


def _segment(members: Mapping[str, object]) -> str:
    return base64url_encode(to_json(members)).decode()


@lru_cache(maxsize=256)
def _header(typ: str, alg: str, kid: str) -> str:
    """There are as many as there are keys and kinds of tokens."""
    return _segment({"alg": alg, "typ": typ, "kid": kid})
