"""What this server can do, from what is registered."""

from dataclasses import dataclass

from auth_service.ports import Resources
from auth_service.protocol.metadata import metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Describe:
    """The discovery document (RFC 8414)."""

    issuer: str
    resources: Resources

    async def metadata(self) -> dict[str, object]:
        """The document as of now."""
        return metadata(self.issuer, await self.resources.catalogue())
