"""Secrets under the one secret of the settings: sealing, and refresh successors."""

import hmac
import os
from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from valetkey.errors import TemporarilyUnavailable

_NONCE = 12


class WrongSecret(TemporarilyUnavailable):
    """What is stored was sealed under another KEY_ENCRYPTION_SECRET."""

    def __init__(self, name: str) -> None:
        super().__init__(detail=f"another KEY_ENCRYPTION_SECRET sealed {name}")


def derive(secret: str, purpose: bytes) -> bytes:
    """A key of 256 bits for one purpose (RFC 5869)."""
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose)
    return hkdf.derive(secret.encode())


class Seal:
    """AES-256-GCM for what is kept; each sealed thing is bound to its name."""

    def __init__(self, secret: str) -> None:
        self._aead = AESGCM(derive(secret, b"valetkey signing keys"))

    def close(self, plain: bytes, *, name: str) -> bytes:
        """Seal bytes under a fresh nonce."""
        nonce = os.urandom(_NONCE)
        return nonce + self._aead.encrypt(nonce, plain, name.encode())

    def open(self, sealed: bytes, *, name: str) -> bytes:
        """
        Open what `close()` sealed.

        Raises:
            WrongSecret: another secret sealed it, or under another name.

        """
        try:
            nonce, rest = sealed[:_NONCE], sealed[_NONCE:]
            return self._aead.decrypt(nonce, rest, name.encode())
        except InvalidTag:
            raise WrongSecret(name) from None


class Succession:
    """
    The refresh token that follows another: always the same one.

    Two requests that present a token in the same moment, or one that is repeated
    because its answer was lost, get the same successor, though we store neither:
    whoever lacks our secret cannot get from one to the next.
    """

    def __init__(self, secret: str) -> None:
        self._key = derive(secret, b"valetkey refresh token succession")

    def of(self, refresh_token: str) -> str:
        """The successor, 256 bits as 43 characters."""
        digest = hmac.digest(self._key, refresh_token.encode(), sha256)
        return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
