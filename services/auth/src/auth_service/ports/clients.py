"""Clients, however this server came to know them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from auth_service.protocol.client import Client


class Origins(Protocol):
    """Where browser apps live."""

    async def has_origin(self, origin: str, client_id: str | None) -> bool:
        """Whether a public client, this one if named, has a redirect_uri there."""
        ...


class Clients(Protocol):
    """Registered apps."""

    async def find(self, client_id: str) -> Client | None:
        """The app of this name, unless it was deleted or is suspended."""
        ...

    def note_use(self, client_id: str, client_secret: str) -> None:
        """Remember, to the minute, that a secret was used; nobody waits for that."""
        ...


class Registrations(Protocol):
    """Clients that registered by themselves (RFC 7591, RFC 7592)."""

    async def admits(self, token: str) -> bool:
        """Whether one more client may register with this initial access token."""
        ...

    async def unused(self) -> int:
        """How many registered and were never used."""
        ...

    async def add(
        self,
        client: Client,
        *,
        client_secret: str | None,
        registration_access_token: str,
        initial_access_token: str | None,
    ) -> datetime | None:
        """Register a client: when that was; None where the token is used up."""
        ...

    async def find(
        self, client_id: str, registration_access_token: str
    ) -> Client | None:
        """The client that this token is for."""
        ...

    async def replace(
        self,
        client: Client,
        *,
        client_secret: str | None,
        keeps_secrets: bool,
        registration_access_token: str,
        successor: str,
    ) -> bool:
        """Replace all metadata and the token; one caller wins."""
        ...

    async def delete(self, client_id: str, registration_access_token: str) -> bool:
        """Remove a client with its secrets, consents and grants."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDocument:
    """
    A client as its metadata document described it, and how old that is.

    Attributes:
        fresh: it need not be fetched again yet.
        usable: it may serve on while it cannot be fetched.

    """

    client: Client
    fresh: bool
    usable: bool


class ClientDocuments(Protocol):
    """Clients that are known by the address of their metadata."""

    async def find(self, client_id: str) -> KnownDocument | None:
        """The client as it was last fetched."""
        ...

    async def put(self, client: Client, *, fresh_for: timedelta) -> None:
        """
        Keep what was fetched just now.

        Where it answers at other addresses, or proves itself by other keys, people
        are asked for consent again.
        """
        ...
