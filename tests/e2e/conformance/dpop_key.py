"""A DPoP key whose proofs can be wrong in every part (RFC 9449), by itself."""

import base64
import hashlib
import json
import time
from typing import Any
from uuid import uuid4

import jwt

from tests.builders.client_keys import ClientKey


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _hash(text: str) -> str:
    return _base64url(hashlib.sha256(text.encode()).digest())


def _given(members: dict[str, Any]) -> dict[str, Any]:
    """What is there; None takes away."""
    return {name: value for name, value in members.items() if value is not None}


class DpopKey:
    """A key, and the proofs that it signs."""

    def __init__(self, alg: str = "ES256") -> None:
        self.alg = alg
        self.key = ClientKey(alg)

    @property
    def jkt(self) -> str:
        """RFC 7638 section 3: of a JWK with nothing but what it must have."""
        return _hash(json.dumps(self.key.jwk, sort_keys=True, separators=(",", ":")))

    @property
    def private_jwk(self) -> dict[str, Any]:
        """What a proof must not tell."""
        algorithm = jwt.get_algorithm_by_name(self.alg)
        found: dict[str, Any] = algorithm.to_jwk(self.key.private, as_dict=True)
        return found

    def proof(
        self,
        method: str,
        url: str,
        access_token: str | None = None,
        *,
        header: dict[str, Any] | None = None,
        signed_by: str | None = None,
        **claims: Any,
    ) -> str:
        """
        A proof for one request, right but for what is changed; None takes away.

        Args:
            header: members of its header, in place of the usual ones.
            signed_by: an algorithm in place of the key's own; `alg` says the same.

        """
        alg = signed_by or self.alg
        told = {
            "jti": uuid4().hex,
            "htm": method,
            "htu": url,
            "iat": int(time.time()),
            "ath": None if access_token is None else _hash(access_token),
        } | claims
        named = {"typ": "dpop+jwt", "alg": alg, "jwk": self.key.jwk} | (header or {})
        parts = (json.dumps(_given(each)).encode() for each in (named, told))
        text = ".".join(map(_base64url, parts))
        signature = jwt.get_algorithm_by_name(alg).sign(text.encode(), self.key.private)
        return f"{text}.{_base64url(signature)}"
