"""What people have allowed, and since when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from auth_service.protocol.client import Client


@dataclass(frozen=True, slots=True)
class Granted:
    """What was allowed, at the store's present moment."""

    scopes: frozenset[str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a person has allowed an app at one resource."""

    client: Client
    scopes: frozenset[str]
    granted_at: datetime
    used_at: datetime


class Consents(Protocol):
    """What people have allowed."""

    async def granted(
        self, subject: str, client_id: str, resources: Sequence[str]
    ) -> Granted | None:
        """What this person has allowed this app there; None if gone or disabled."""
        ...

    async def put(
        self,
        subject: str,
        client_id: str,
        scopes: Mapping[str | None, frozenset[str]],
    ) -> None:
        """Remember a yes at each resource, in addition to what was allowed before."""
        ...

    async def of(self, subject: str) -> Sequence[Consent]:
        """Every app that this person has allowed something."""
        ...

    async def revoke(self, subject: str, client_id: str) -> None:
        """Take it all back; every grant made before is dead from here on."""
        ...
