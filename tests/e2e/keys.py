"""Tokens that the server's own key signed, saying what the server never would."""

import time
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization

from auth_service.crypto.seal import Seal
from tests.builders.auth import ISSUER
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.stores import Stores


def signed(
    auth: AuthorizationServer, stores: Stores, payload: dict[str, Any] | bytes
) -> str:
    """An ID token of this payload, signed as the server signs."""
    ((kid, sealed),) = stores.run(
        "SELECT kid, private_key_sealed FROM auth.signing_keys"
        " WHERE alg = 'RS256' AND active_at <= now() ORDER BY active_at DESC LIMIT 1",
    )
    seal = Seal(auth.settings.key_encryption_secret.get_secret_value())
    pem = seal.open(bytes(sealed), name=kid)
    key = serialization.load_pem_private_key(pem, password=None)
    headers = {"typ": "JWT", "kid": kid}
    if isinstance(payload, bytes):
        return jwt.PyJWS().encode(payload, key, "RS256", headers)
    return jwt.encode(payload, key, "RS256", headers)


def id_token_claims(**changes: Any) -> dict[str, Any]:
    """Of an ID token for web-app that has just expired; None takes a claim away."""
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": "web-app",
        "sub": "alice",
        "iat": now - 7200,
        "exp": now - 3600,
    } | changes
    return {name: value for name, value in claims.items() if value is not None}
