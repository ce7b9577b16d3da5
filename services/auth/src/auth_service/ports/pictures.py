"""Pictures of people, and our copies of the logos of apps."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DueLogo:
    """An app whose logo has to be fetched, and from where."""

    client_id: str
    logo_uri: str


class Logos(Protocol):
    """Our copies of the logos of apps."""

    async def take(self) -> DueLogo | None:
        """The next logo to fetch; nobody else gets it meanwhile."""
        ...

    async def put(self, due: DueLogo, logo: bytes | None, *, again: timedelta) -> None:
        """Keep a logo, or what there is; and when to look again."""
        ...

    async def find(self, logo_id: str) -> bytes | None:
        """A logo by the name in its URL."""
        ...


class Pictures(Protocol):
    """Pictures of people and apps, off the event loop and one at a time."""

    async def square(self, image: bytes) -> bytes:
        """
        Any picture as a small square WEBP image, without what it said about itself.

        Raises:
            Unusable: under `picture`, with the reason.
            TemporarilyUnavailable: too many wait already.

        """
        ...
