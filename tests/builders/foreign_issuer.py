"""Another company's server: it signs what a test wants about people."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from jwt.algorithms import ECAlgorithm

ISSUER = "https://idp.partner.example"
_KEY = generate_private_key(SECP256R1())
JWKS: dict[str, Any] = {
    "keys": [
        {
            **ECAlgorithm.to_jwk(_KEY.public_key(), as_dict=True),
            "kid": "partner-1",
            "alg": "ES256",
            "use": "sig",
        }
    ]
}


def assertion(
    sub: str, *, audience: Any, header: dict[str, Any] | None = None, **claims: Any
) -> str:
    """A good assertion (RFC 7523 section 3); None leaves a claim out."""
    now = int(datetime.now(UTC).timestamp())
    told = {
        "iss": ISSUER,
        "sub": sub,
        "aud": audience,
        "iat": now,
        "exp": now + 120,
        "jti": uuid4().hex,
        **claims,
    }
    return jwt.encode(
        {name: value for name, value in told.items() if value is not None},
        _KEY,
        "ES256",
        {"kid": "partner-1", **(header or {})},
    )
