"""The apps that a person has allowed something."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from auth_service.ports import Audit, Consent, Consents, Resources
from auth_service.protocol.client import Client
from auth_service.protocol.scopes import Catalogue, Scope
from auth_service.protocol.user import User


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedApp:
    """All that an app was allowed, at whichever API."""

    client: Client
    scopes: tuple[Scope, ...]
    granted_at: datetime
    used_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedApps:
    """The connected apps page's work."""

    consents: Consents
    resources: Resources
    audit: Audit

    async def of(self, person: User) -> Sequence[ConnectedApp]:
        """Each app once, last used first."""
        by_app: dict[str, list[Consent]] = {}
        for consent in await self.consents.of(person.subject):
            by_app.setdefault(consent.client.client_id, []).append(consent)
        catalogue = await self.resources.catalogue()
        return [_together(consents, catalogue) for consents in by_app.values()]

    async def revoke(self, client_id: str, person: User, *, ip: str) -> None:
        """Take everything back that this app was allowed; its grants are dead."""
        mine = await self.consents.of(person.subject)
        if all(consent.client.client_id != client_id for consent in mine):
            return
        await self.consents.revoke(person.subject, client_id)
        await self.audit.record(
            "consent.revoked", subject=person.subject, client_id=client_id, ip=ip
        )


def _together(consents: Sequence[Consent], catalogue: Catalogue) -> ConnectedApp:
    names = sorted(frozenset[str]().union(*(c.scopes for c in consents)))
    return ConnectedApp(
        client=consents[0].client,
        # A scope whose API is gone has only its name left.
        scopes=tuple(catalogue.scope(n) or Scope(name=n, description=n) for n in names),
        granted_at=min(c.granted_at for c in consents),
        used_at=max(c.used_at for c in consents),
    )
