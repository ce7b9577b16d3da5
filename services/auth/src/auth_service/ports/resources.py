"""Registered APIs, and what administrators do to them."""

from typing import Protocol

from auth_service.protocol.scopes import Catalogue, Resource


class Resources(Protocol):
    """Registered APIs and their scopes."""

    async def catalogue(self) -> Catalogue:
        """All of them."""
        ...


class ResourceRegister(Resources, Protocol):
    """What administrators do to APIs."""

    async def put(self, resource: Resource) -> None:
        """Register an API or replace what is known of it."""
        ...
