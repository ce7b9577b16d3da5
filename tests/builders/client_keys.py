"""Keys and certificates of clients, and what is signed with them."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from auth_service.protocol.client_assertion import TYPE
from tests.builders.auth import ISSUER

_NEW: dict[str, Any] = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "PS256": lambda: rsa.generate_private_key(65537, 2048),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}
_JWK: dict[str, Any] = {
    "ES256": ECAlgorithm,
    "RS256": RSAAlgorithm,
    "PS256": RSAAlgorithm,
    "EdDSA": OKPAlgorithm,
}


class ClientKey:
    """A private key of a client."""

    def __init__(self, alg: str = "ES256", *, kid: str = "the-key") -> None:
        self.alg = alg
        self.kid = kid
        self.private = _NEW[alg]()
        public = _JWK[alg].to_jwk(self.private.public_key(), as_dict=True)
        wanted = ("kty", "crv", "x", "y", "n", "e")
        self.jwk = {name: public[name] for name in wanted if name in public}

    @property
    def jwks(self) -> dict[str, Any]:
        """As a client registers it, without `alg`, as libraries write it."""
        return {"keys": [{**self.jwk, "kid": self.kid}]}

    def sign(
        self,
        client_id: str,
        *,
        header: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """An assertion that is right but for what is changed; None takes away."""
        now = int(time.time())
        told = {
            "iss": client_id,
            "sub": client_id,
            "aud": ISSUER,
            "iat": now,
            "exp": now + 60,
            "jti": uuid4().hex,
        } | claims
        given = {name: value for name, value in told.items() if value is not None}
        headers = {"kid": self.kid, **(header or {})}
        if headers["kid"] is None:
            del headers["kid"]
        return jwt.encode(given, self.private, self.alg, headers)

    def assertion(self, client_id: str, **changes: Any) -> dict[str, str]:
        """The parameters of an assertion (RFC 7523 section 2.2)."""
        return {
            "client_assertion_type": TYPE,
            "client_assertion": self.sign(client_id, **changes),
        }

    def certificate(self, *names: x509.GeneralName, subject: str = "app") -> bytes:
        """A certificate that the key signed itself, in DER."""
        return certificate(self.private, *names, subject=subject)


def certificate(key: Any, *names: x509.GeneralName, subject: str = "app") -> bytes:
    """A certificate of a key, in DER."""
    about = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example, Inc."),
            x509.NameAttribute(NameOID.COMMON_NAME, subject),
        ]
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(about)
        .issuer_name(about)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )
    if names:
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    edwards = isinstance(key, ed25519.Ed25519PrivateKey)
    signed = made.sign(key, None if edwards else hashes.SHA256())
    return signed.public_bytes(Encoding.DER)
