"""Passwords, and what people have beside them, but for passkeys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from auth_service.protocol.factors import Factors


class Passwords(Protocol):
    """Password hashing, off the event loop and a few at a time."""

    async def hash(self, password: str) -> str:
        """
        Hash a new password.

        Raises:
            TemporarilyUnavailable: too many wait already.

        """
        ...

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Check a password; without a hash the same work is done, and it is wrong."""
        ...

    def needs_rehash(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        ...


class SecondFactors(Protocol):
    """What people have beside a password, but for the passkeys themselves."""

    async def of(self, subject: str) -> Factors:
        """What a person has."""
        ...

    async def put_authenticator(self, subject: str, secret: str, *, step: int) -> None:
        """Keep the secret of an app; the step whose code proved it is used up."""
        ...

    async def find_secret(self, subject: str) -> str | None:
        """The secret of a person's app."""
        ...

    async def use_step(self, subject: str, step: int) -> bool:
        """Use a step and all before it up; False where that was done before."""
        ...

    async def remove_authenticator(self, subject: str) -> None:
        """Forget a person's app."""
        ...

    async def put_recovery_codes(self, subject: str, codes: Sequence[str]) -> None:
        """Replace a person's codes."""
        ...

    async def use_recovery_code(self, subject: str, code: str) -> bool:
        """Use a code up; one caller wins."""
        ...


class OneTimePasswords(Protocol):
    """The codes that authenticator apps show (RFC 6238)."""

    def new_secret(self) -> str:
        """A secret for an app, base32."""
        ...

    def uri(self, secret: str, account: str) -> str:
        """What the QR code says."""
        ...

    def step_of(self, secret: str, code: str, at: datetime) -> int | None:
        """The step of 30 seconds whose code this is; the one before and after do."""
        ...
