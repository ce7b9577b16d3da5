"""A device that makes and uses passkeys, written from WebAuthn Level 3."""

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 1, 4, 8, 16, 64
VERIFIED = USER_PRESENT | USER_VERIFIED


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Device:
    """
    One passkey.

    Attributes:
        origin: of the page that asks; a device does not choose it, a browser does.
        flags: of the authenticator data (section 6.1).
        counts: whether each use is counted.

    """

    origin: str
    flags: int = VERIFIED
    counts: bool = True
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    user_handle: bytes = b""

    def create(self, options: str, **changes: str) -> str:
        """The answer to `navigator.credentials.create` (section 5.1.3)."""
        asked = json.loads(options)
        self.user_handle = decoded(asked["user"]["id"])
        public = self.key.public_key().public_numbers()
        x, y = public.x.to_bytes(32, "big"), public.y.to_bytes(32, "big")
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big")
        data = self._data(asked["rp"]["id"], self.flags | ATTESTED)
        data += attested + self.credential_id + cose
        statement = {"fmt": "none", "attStmt": {}, "authData": data}
        return self._answer(
            {
                "clientDataJSON": self._client_data("webauthn.create", asked, changes),
                "attestationObject": encoded(cbor2.dumps(statement)),
                "transports": ["internal", "smoke-signals"],
            }
        )

    def get(self, options: str, **changes: str) -> str:
        """The answer to `navigator.credentials.get` (section 5.1.4)."""
        asked = json.loads(options)
        self.count += self.counts
        data = self._data(asked["rpId"], self.flags)
        client_data = self._client_data("webauthn.get", asked, changes)
        signed = data + sha256(decoded(client_data)).digest()
        signature = self.key.sign(signed, ec.ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": client_data,
                "authenticatorData": encoded(data),
                "signature": encoded(signature),
                "userHandle": encoded(self.user_handle),
            }
        )

    def _data(self, rp_id: str, flags: int) -> bytes:
        count = self.count.to_bytes(4, "big")
        return sha256(rp_id.encode()).digest() + bytes([flags]) + count

    def _client_data(
        self, type_: str, asked: dict[str, Any], changes: dict[str, str]
    ) -> str:
        said = {"type": type_, "challenge": asked["challenge"], "origin": self.origin}
        return encoded(json.dumps(said | changes).encode())

    def _answer(self, response: dict[str, Any]) -> str:
        name = encoded(self.credential_id)
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "response": response}
        )
