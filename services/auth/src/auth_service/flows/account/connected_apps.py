"""The apps that a person has allowed something."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from auth_service.ports import Audit, Consent, Consents, Resources
from auth_service.protocol.claims_request import PERMISSIONS, covered
from auth_service.protocol.client import Client
from auth_service.protocol.scopes import Catalogue, Scope
from auth_service.protocol.third_party_login import opening_url
from auth_service.protocol.user import User


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedApp:
    """
    All that an app was allowed, at whichever API.

    Attributes:
        opening_url: where to sign in to it from here, if it takes that.

    """

    client: Client
    opening_url: str | None
    scopes: tuple[Scope, ...]
    granted_at: datetime
    used_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedApps:
    """The connected apps page's work."""

    issuer: str
    consents: Consents
    resources: Resources
    audit: Audit

    async def of(self, person: User) -> Sequence[ConnectedApp]:
        """Each app once, last used first."""
        by_app: dict[str, list[Consent]] = {}
        for consent in await self.consents.of(person.subject):
            by_app.setdefault(consent.client.client_id, []).append(consent)
        catalogue = await self.resources.catalogue()
        return [self._together(each, catalogue) for each in by_app.values()]

    async def revoke(self, client_id: str, person: User, *, ip: str) -> None:
        """Take everything back that this app was allowed; its grants are dead."""
        mine = await self.consents.of(person.subject)
        if all(consent.client.client_id != client_id for consent in mine):
            return
        await self.consents.revoke(person.subject, client_id)
        await self.audit.record(
            "consent.revoked", subject=person.subject, client_id=client_id, ip=ip
        )

    def _together(
        self, consents: Sequence[Consent], catalogue: Catalogue
    ) -> ConnectedApp:
        allowed = frozenset[str]().union(*(c.scopes for c in consents))
        scopes = allowed - PERMISSIONS.keys()
        # A claim that a scope opens as well goes without saying.
        claims = allowed - scopes - covered(scopes)
        return ConnectedApp(
            client=consents[0].client,
            opening_url=opening_url(consents[0].client, issuer=self.issuer),
            scopes=(
                # A scope whose API is gone has only its name left.
                *(
                    catalogue.scope(n) or Scope(name=n, description=n)
                    for n in sorted(scopes)
                ),
                *(PERMISSIONS[name] for name in sorted(claims)),
            ),
            granted_at=min(c.granted_at for c in consents),
            used_at=max(c.used_at for c in consents),
        )
