"""What happened, for administrators and for whom it is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from auth_service.protocol.administration import AuditEvent, AuditFilter


class Audit(Protocol):
    """Who did what, when, from where; append-only."""

    async def record(
        self,
        event: str,
        *,
        subject: str | None = None,
        client_id: str | None = None,
        ip: str | None = None,
        **detail: object,
    ) -> None:
        """Note an event; never a secret among its details."""
        ...


class AuditReader(Protocol):
    """What the audit log holds."""

    async def search(
        self, wanted: AuditFilter, *, before: int | None, most: int
    ) -> Sequence[AuditEvent]:
        """Events, newest first, that came before one that is known by its id."""
        ...

    async def events(self) -> Sequence[str]:
        """The names of everything that ever happened."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEvent:
    """
    Something that happened to an account, as its person may know it.

    Attributes:
        client_name: of the app that it is about; None without one, or if it is gone.
        ip: where from; None where it was somebody else's hand.

    """

    id: int
    at: datetime
    event: str
    client_name: str | None
    ip: str | None


class OwnEvents(Protocol):
    """The part of the audit log that is about one person."""

    async def of(
        self, subject: str, events: Sequence[str], *, before: int | None, most: int
    ) -> Sequence[OwnEvent]:
        """Events of these names, newest first; see `AuditReader.search`."""
        ...
