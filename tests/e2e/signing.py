"""Tokens that the server's own keys signed, saying what the server never would."""

from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from auth_service.crypto.seal import Seal
from auth_service.storage.postgres.engine import connect
from auth_service.storage.postgres.signing_keys import PostgresSigningKeys
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.hearing import changed


class Signing:
    """The key that signs each algorithm; without any, keys that nobody knows."""

    def __init__(self, keys: Mapping[str, tuple[str, Any]] | None = None) -> None:
        self._keys = keys or {
            "ES256": ("unknown", ec.generate_private_key(ec.SECP256R1()))
        }

    def sign(
        self, claims: Mapping[str, Any], *, typ: str, alg: str, kid: str | None = None
    ) -> str:
        """Any claims, under any type, as the server would sign them."""
        own, key = self._keys[alg]
        headers = {"typ": typ, "kid": kid or own}
        return jwt.encode(dict(claims), key, alg, headers)


async def signing_of(auth: AuthorizationServer) -> Signing:
    """What signs now."""
    engine = connect(auth.settings.database_url.get_secret_value())
    now, stored = await PostgresSigningKeys(engine).all()
    await engine.dispose()
    changed()
    seal = Seal(auth.settings.key_encryption_secret.get_secret_value())
    keys = {}
    for key in stored:
        if key.active_at is not None and key.active_at <= now:
            pem = seal.open(key.private_key_sealed, name=key.kid)
            private = serialization.load_pem_private_key(pem, password=None)
            keys[key.alg] = (key.kid, private)
    return Signing(keys)
