"""
Test an API that `ResourceServer` protects: tokens without a server.

    issuer = TestIssuer.attach(auth)
    headers = {"authorization": f"Bearer {issuer.token(scopes=['notes:read'])}"}

A token that is bound to a DPoP key (RFC 9449), and the proof to send along:

    key = ProofKey()
    token = issuer.token(scopes=['notes:read'], cnf=key.cnf)
    headers = key.headers("GET", "https://api.example/notes", token)
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Self
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from jwt.algorithms import ECAlgorithm

from valetkey.clock import Clock, SystemClock
from valetkey.dpop import token_hash
from valetkey.jwk import VerificationKey, find_key, read_jwks
from valetkey.resource_server import ResourceServer
from valetkey.thumbprint import thumbprint


class TestIssuer:
    """
    An authorization server that is only a key: it signs what a test wants.

    It is also a source of keys, for `ResourceServer(keys=issuer)`, and knows which
    tokens it revoked, for `ResourceServer(introspection=issuer)`.

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
        self._revoked: set[str] = set()

    @classmethod
    def attach(cls, auth: ResourceServer) -> Self:
        """Make an issuer whose tokens this API accepts from now on, and no others."""
        issuer = cls(auth.issuer, auth.audience)
        auth.keys = issuer
        if auth.introspection is not None:
            auth.introspection = issuer
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

    def revoke(self, token: str) -> None:
        """Say from now on that the token is not active (RFC 7009)."""
        self._revoked.add(token)

    async def is_active(self, token: str) -> bool:
        """See `valetkey.introspection.Introspection`."""
        return token not in self._revoked


class ProofKey:
    """A client's key for DPoP, which signs proofs with ES256 (RFC 9449)."""

    def __init__(self, *, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._private_key = generate_private_key(SECP256R1())
        public = ECAlgorithm.to_jwk(self._private_key.public_key(), as_dict=True)
        self.jwk = {name: public[name] for name in ("kty", "crv", "x", "y")}
        #: Its thumbprint, as `dpop_jkt` names it (RFC 9449 section 10).
        self.jkt = thumbprint(self.jwk)
        #: The claim that binds a token to it (RFC 9449 section 6.1).
        self.cnf = {"jkt": self.jkt}

    def proof(
        self, method: str, url: str, access_token: str | None = None, **claims: Any
    ) -> str:
        """
        Sign a proof for one request (RFC 9449 section 4.2).

        Args:
            method: of the request.
            url: of the request; query and fragment are left out.
            access_token: the token that goes along, if any.
            claims: any claim, such as `nonce`, also in place of the usual ones; None
                leaves it out.

        """
        told = {
            "jti": uuid4().hex,
            "htm": method,
            "htu": url.partition("#")[0].partition("?")[0],
            "iat": int(self._clock.now().timestamp()),
            "ath": None if access_token is None else token_hash(access_token),
            **claims,
        }
        return jwt.encode(
            {name: value for name, value in told.items() if value is not None},
            self._private_key,
            algorithm="ES256",
            headers={"typ": "dpop+jwt", "jwk": self.jwk},
        )

    def headers(
        self, method: str, url: str, access_token: str, **claims: Any
    ) -> dict[str, str]:
        """The headers of a request with a token (RFC 9449 section 7.1)."""
        return {
            "authorization": f"DPoP {access_token}",
            "dpop": self.proof(method, url, access_token, **claims),
        }
