"""The nonces that a server demands in DPoP proofs (RFC 9449 sections 8 and 9)."""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime


class Nonces:
    """
    Nonces that a server demands in proofs, so that none is made long before its use.

    They are kept nowhere: each is a MAC of the time, so that all processes with the
    secret give and take the same ones (RFC 9449 section 8).

    Args:
        secret: 32 bytes or more, of all processes that answer for one server.
        seconds: how long one is given out; it is accepted for as long again.

    Raises:
        ValueError: the secret is shorter than 32 bytes.

    """

    def __init__(self, secret: bytes, *, seconds: int = 120) -> None:
        if len(secret) < 32:
            raise ValueError("the secret must have at least 32 bytes")
        self._secret = secret
        self._seconds = seconds

    def issue(self, now: datetime) -> str:
        """The nonce of the moment, for the DPoP-Nonce header."""
        return self._of(self._window(now))

    def accepts(self, nonce: object, now: datetime) -> bool:
        """Whether it is the present one or the one before."""
        if not isinstance(nonce, str) or not nonce.isascii():
            return False
        window = self._window(now)
        present = hmac.compare_digest(nonce, self._of(window))
        return hmac.compare_digest(nonce, self._of(window - 1)) or present

    def _window(self, now: datetime) -> int:
        return int(now.timestamp()) // self._seconds

    def _of(self, window: int) -> str:
        mac = hmac.digest(self._secret, f"DPoP-Nonce {window}".encode(), "sha256")
        return urlsafe_b64encode(mac).rstrip(b"=").decode()
