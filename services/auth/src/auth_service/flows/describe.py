"""What this server can do, from what is registered."""

from dataclasses import dataclass

from auth_service.ports import Resources
from auth_service.protocol.metadata import metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Describe:
    """The discovery document (RFC 8414)."""

    issuer: str
    resources: Resources
    ui_locales: tuple[str, ...]
    tls_auth_methods: tuple[str, ...] = ()
    mtls_base_url: str | None = None
    registration: bool = False
    client_id_documents: bool = False
    must_push: bool = False

    async def metadata(self) -> dict[str, object]:
        """The document as of now."""
        return metadata(
            self.issuer,
            await self.resources.catalogue(),
            ui_locales=self.ui_locales,
            tls_auth_methods=self.tls_auth_methods,
            mtls_base_url=self.mtls_base_url,
            registration=self.registration,
            client_id_documents=self.client_id_documents,
            must_push=self.must_push,
        )
