"""Tokens that are right in every field until a test changes one, and wrong ones."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISSUER = "https://id.example"
AUDIENCE = "https://api.example"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())

Sign = Callable[[bytes], bytes]


class StoppedClock:
    """Stands still until a test moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def es256(message: bytes) -> bytes:
    """Sign as RFC 7518 section 3.4 says: r and s, 32 bytes each."""
    r, s = decode_dss_signature(ec_key().sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def rs256(message: bytes) -> bytes:
    return rsa_key(2048).sign(message, padding.PKCS1v15(), hashes.SHA256())


def ec_jwk(**members: Any) -> dict[str, Any]:
    """The public key that `es256` signs with; None takes a member away."""
    public = ECAlgorithm.to_jwk(ec_key().public_key(), as_dict=True)
    return _without_none(
        {**public, "kid": "k1", "use": "sig", "alg": "ES256", **members}
    )


def rsa_jwk(bits: int = 2048, **members: Any) -> dict[str, Any]:
    """The public key that `rs256` signs with; None takes a member away."""
    public = RSAAlgorithm.to_jwk(rsa_key(bits).public_key(), as_dict=True)
    public.pop("key_ops", None)
    return _without_none(
        {**public, "kid": "k2", "use": "sig", "alg": "RS256", **members}
    )


def claims(**changed: Any) -> dict[str, Any]:
    """Of an access token; None takes a claim away."""
    return _without_none(
        {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "alice",
            "client_id": "app",
            "scope": "notes:read",
            "iat": SECONDS,
            "exp": SECONDS + 600,
            "jti": "j1",
            **changed,
        }
    )


def header(**changed: Any) -> dict[str, Any]:
    """Of an access token; None takes a member away."""
    return _without_none({"alg": "ES256", "typ": "at+jwt", "kid": "k1", **changed})


def token(
    payload: dict[str, Any] | bytes | None = None,
    head: dict[str, Any] | bytes | None = None,
    sign: Sign = es256,
) -> str:
    """Header, payload and signature, each of which may be anything at all."""
    signed = f"{_segment(header() if head is None else head)}."
    signed += _segment(claims() if payload is None else payload)
    return f"{signed}.{encode(sign(signed.encode()))}"


def encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _segment(value: dict[str, Any] | bytes) -> str:
    return encode(value if isinstance(value, bytes) else json.dumps(value).encode())


def _without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
