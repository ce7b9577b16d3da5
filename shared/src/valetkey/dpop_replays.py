"""Which DPoP proofs were used, so that each counts once (RFC 9449 section 11.1)."""

import time
from collections.abc import Callable
from typing import Protocol


class ProofReplays(Protocol):
    """Which proofs were used (RFC 9449 section 11.1)."""

    async def claim(self, key: str, lifetime_seconds: int) -> bool:
        """
        Whether nobody claimed the key before. Of several callers one wins.

        Args:
            key: of a proof; ASCII, at most 64 characters.
            lifetime_seconds: how long it must be remembered.

        Raises:
            TemporarilyUnavailable: nobody can say.

        """
        ...


class MemoryReplays:
    """
    `ProofReplays` in the memory of one process.

    Several processes do not see each other's: there, keep them in a store that all
    share, or demand nonces, or accept that a proof counts once per process.

    Args:
        limit: how many are remembered; beyond it, the oldest is forgotten early.
        monotonic: seconds that only grow.

    """

    def __init__(
        self,
        *,
        limit: int = 100_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._monotonic = monotonic
        self._until: dict[str, float] = {}

    async def claim(self, key: str, lifetime_seconds: int) -> bool:
        """See `ProofReplays.claim`."""
        now = self._monotonic()
        if self._until.get(key, now) > now:
            return False
        self._until.pop(key, None)
        self._until[key] = now + lifetime_seconds
        self._forget(now)
        return True

    def _forget(self, now: float) -> None:
        """Drop from the oldest on: what is over, and what is too many."""
        while self._until:
            oldest = next(iter(self._until))
            if self._until[oldest] > now and len(self._until) <= self._limit:
                return
            del self._until[oldest]
