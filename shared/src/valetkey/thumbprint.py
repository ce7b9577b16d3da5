"""The name of a key: its JWK thumbprint (RFC 7638)."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256

_MEMBERS = {
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
    "RSA": ("e", "kty", "n"),
}


def thumbprint(public_jwk: Mapping[str, str]) -> str:
    """The base64url of the SHA-256 over the required members, in order."""
    members = {name: public_jwk[name] for name in _MEMBERS[public_jwk["kty"]]}
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return urlsafe_b64encode(sha256(text.encode()).digest()).rstrip(b"=").decode()
