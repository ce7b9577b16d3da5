"""
Test an API that `ResourceServer` protects: tokens without a server.

    issuer = TestIssuer.attach(auth)
    headers = {"authorization": f"Bearer {issuer.token(scopes=['notes:read'])}"}
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Self
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from jwt.algorithms import ECAlgorithm

from valetkey.clock import Clock, SystemClock
from valetkey.jwk import VerificationKey, find_key, read_jwks
from valetkey.resource_server import ResourceServer


class TestIssuer:
    """
    An authorization server that is only a key: it signs what a test wants.

    It is also a source of keys, for `ResourceServer(keys=issuer)`.

    Args:
        issuer: `iss` of its tokens.
        audience: `aud` of its tokens.
        clock: what time it is.

    """

    __test__ = False  # pytest would take the name for a class of tests

    def __init__(
        self, issuer: str, audience: str, *, clock: Clock | None = None
    ) -> None:
        self.issuer = issuer
        self.audience = audience
        self._clock = clock or SystemClock()
        self._kid = uuid4().hex
        self._private_key = generate_private_key(SECP256R1())
        self._keys = read_jwks(self.jwks())

    @classmethod
    def attach(cls, auth: ResourceServer) -> Self:
        """Make an issuer whose tokens this API accepts from now on, and no others."""
        issuer = cls(auth.issuer, auth.audience)
        auth.keys = issuer
        return issuer

    def token(
        self,
        *,
        sub: str = "alice",
        scopes: Collection[str] = (),
        client_id: str = "test-client",
        lifetime: timedelta = timedelta(minutes=10),
        **claims: Any,
    ) -> str:
        """
        Sign an access token (RFC 9068).

        Args:
            sub: whom it speaks for; equal to `client_id`, the application itself.
            scopes: what it may be used for.
            client_id: the application that holds it.
            lifetime: from now; negative for a token that has expired.
            claims: any claim, also in place of the usual ones; None leaves it out.

        """
        now = int(self._clock.now().timestamp())
        lives = int(lifetime.total_seconds())
        told = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": sub,
            "client_id": client_id,
            "scope": " ".join(scopes),
            "iat": now + min(lives, 0),
            "exp": now + lives,
            "jti": uuid4().hex,
            **claims,
        }
        return jwt.encode(
            {name: value for name, value in told.items() if value is not None},
            self._private_key,
            algorithm="ES256",
            headers={"typ": "at+jwt", "kid": self._kid},
        )

    def jwks(self) -> dict[str, Any]:
        """Its public key as a JWK Set (RFC 7517)."""
        public = ECAlgorithm.to_jwk(self._private_key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": self._kid, "use": "sig", "alg": "ES256"}]}

    async def find(self, kid: str | None) -> VerificationKey | None:
        """See `valetkey.jwks.Keys`."""
        return find_key(self._keys, kid)

    async def ready(self) -> bool:
        """See `valetkey.jwks.Keys`."""
        return True
