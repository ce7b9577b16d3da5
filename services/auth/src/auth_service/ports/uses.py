"""What may be used once, and what may be tried so many times."""

from datetime import timedelta
from typing import Protocol, TypeVar

from auth_service.protocol.throttle import Throttle

Value = TypeVar("Value")


class SingleUse(Protocol):
    """Names of one kind that may be used once: an assertion's, a proof's."""

    async def claim(self, owner: str, name: str, *, seconds: int) -> bool:
        """Use up this owner's name for so long; one caller wins."""
        ...


class Tokens(Protocol[Value]):
    """Single-use secrets of one kind, and what each is good for."""

    async def put(self, token: str, value: Value, *, lifetime: timedelta) -> bool:
        """Keep a new one; False where it was kept before, used or not."""
        ...

    async def find(self, token: str) -> Value | None:
        """What it is good for; it stays good."""
        ...

    async def take(self, token: str) -> Value | None:
        """Use it up; one caller wins."""
        ...


class Attempts(Protocol):
    """Tries that may be wrong, counted before they are evaluated."""

    async def reserve(self, key: str, throttle: Throttle) -> int:
        """Seconds to wait before this try; 0 means go on, and it is counted."""
        ...

    async def forget(self, key: str) -> None:
        """The try was right: start counting anew."""
        ...

    async def give_back(self, key: str) -> None:
        """The try was right: this one does not count."""
        ...
