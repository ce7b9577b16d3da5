"""Codes of authenticator apps (RFC 6238)."""

from datetime import datetime
from hmac import compare_digest

import pyotp

_PERIOD = 30
_DIGITS = 6
#: Clocks drift, and people type slowly: one step each way (RFC 6238 section 5.2).
_DRIFT = (0, -1, 1)


class TotpCodes:
    """The port `OneTimePasswords`."""

    def __init__(self, *, issuer: str) -> None:
        self._issuer = issuer

    def new_secret(self) -> str:
        """A secret for an app: 160 bits, base32 (RFC 4226 section 4, R6)."""
        return pyotp.random_base32()

    def uri(self, secret: str, account: str) -> str:
        """What the QR code says."""
        return pyotp.TOTP(secret).provisioning_uri(
            name=account, issuer_name=self._issuer
        )

    def step_of(self, secret: str, code: str, at: datetime) -> int | None:
        """The step of 30 seconds whose code this is; the one before and after do."""
        if len(code) != _DIGITS or not (code.isascii() and code.isdigit()):
            return None
        now, totp = int(at.timestamp()) // _PERIOD, pyotp.TOTP(secret)
        right = [
            now + drift
            for drift in _DRIFT
            if compare_digest(totp.generate_otp(now + drift), code)
        ]
        return right[0] if right else None
