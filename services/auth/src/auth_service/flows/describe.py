"""What this server can do, from what is registered."""

import json
from dataclasses import dataclass, field

from auth_service.ports import Resources
from auth_service.protocol.metadata import metadata
from auth_service.protocol.scopes import Catalogue


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
    #: The last one and what it was made of.
    _written: list[tuple[Catalogue, bytes]] = field(default_factory=list)

    async def document(self) -> bytes:
        """As JSON; written anew when the catalogue was read anew."""
        catalogue = await self.resources.catalogue()
        if not self._written or self._written[0][0] is not catalogue:
            written = json.dumps(self._metadata(catalogue), separators=(",", ":"))
            self._written[:] = [(catalogue, written.encode())]
        return self._written[0][1]

    def _metadata(self, catalogue: Catalogue) -> dict[str, object]:
        return metadata(
            self.issuer,
            catalogue,
            ui_locales=self.ui_locales,
            tls_auth_methods=self.tls_auth_methods,
            mtls_base_url=self.mtls_base_url,
            registration=self.registration,
            client_id_documents=self.client_id_documents,
            must_push=self.must_push,
        )
