"""Passwords: argon2id, off the event loop, two at a time, in a bounded queue."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from valetkey.errors import TemporarilyUnavailable

Result = TypeVar("Result")

#: At most this many wait for the two threads; the next is asked to come back.
MAX_WAITING = 50


class Argon2Passwords:
    """The port `Passwords`. OWASP's parameters: 19 MiB, two passes, one lane."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(
            time_cost=2, memory_cost=19456, parallelism=1, hash_len=32, salt_len=16
        )
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="argon2")
        self._waiting = 0
        # For people who do not exist: the same work, and nobody's password.
        self._nobody = self._hasher.hash("nobody")

    async def hash(self, password: str) -> str:
        """
        Hash a new password.

        Raises:
            TemporarilyUnavailable: too many wait already.

        """
        return await self._run(self._hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Check a password; without a hash the same work is done, and it is wrong."""
        right = await self._run(self._verify, password_hash or self._nobody, password)
        return right and password_hash is not None

    def needs_rehash(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def _hash(self, password: str) -> str:
        return self._hasher.hash(_normal(password))

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, _normal(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., Result], *args: str) -> Result:
        if self._waiting >= MAX_WAITING:
            raise TemporarilyUnavailable(detail="too many passwords wait for a hash")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, work, *args)
        finally:
            self._waiting -= 1


def _normal(password: str) -> str:
    """One form for the same characters, however a keyboard composed them."""
    return unicodedata.normalize("NFC", password)
