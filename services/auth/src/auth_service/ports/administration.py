"""Everybody and every app, as administrators list and change them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from auth_service.protocol.client import Client
from auth_service.protocol.user import User


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """A person in a list."""

    user: User
    created_at: datetime


class People(Protocol):
    """Everybody, as administrators see and change them."""

    async def search(
        self, prefix: str, *, order: str, after: Sequence[str] | None, most: int
    ) -> Sequence[ListedPerson]:
        """People whose name, username or address begins so."""
        ...

    async def has_administrator(self) -> bool:
        """Whether anybody administers."""
        ...

    async def make_first_administrator(self, subject: str) -> bool:
        """Put somebody in charge where nobody is; one caller wins."""
        ...

    async def make_administrator(self, subject: str) -> None:
        """Put somebody in charge beside the others."""
        ...

    async def unmake_administrator(self, subject: str) -> bool:
        """Take them out of charge; False where nobody else would be left."""
        ...

    async def disable(self, subject: str) -> bool:
        """
        Shut somebody out; False where nobody would be left in charge.

        What was granted before stays dead when they are let in again.
        """
        ...

    async def enable(self, subject: str) -> None:
        """Let them in again."""
        ...

    async def verify_email(self, subject: str) -> None:
        """Vouch for the address that they have."""
        ...


class AppList(Protocol):
    """Every app, as administrators see and change them."""

    async def search(
        self, prefix: str, *, order: str, after: Sequence[str] | None, most: int
    ) -> Sequence[Client]:
        """Apps whose name or client_id begins so, whoever owns them."""
        ...

    async def set_verified(self, app: Client, verified: bool) -> None:
        """Vouch for an app as it is now, or no more; once it changes, that is over."""
        ...

    async def set_suspended(self, client_id: str, suspended: bool) -> None:
        """Take an app out of service, or let it back."""
        ...

    async def set_first_party(self, client_id: str, first_party: bool) -> None:
        """Say whether an app is the operator's own."""
        ...


class PageTokens(Protocol):
    """Where the next page of a list begins, in words that only we can write."""

    def write(self, of: Sequence[str], position: Sequence[str]) -> str:
        """The token of a place in a list."""
        ...

    def read(self, of: Sequence[str], token: str) -> tuple[str, ...]:
        """
        The place that a token means.

        Raises:
            InvalidRequest: we did not write it, or not for this list.

        """
        ...
