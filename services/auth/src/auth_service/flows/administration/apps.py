"""Everybody's apps: found, vouched for, taken out of service."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

from auth_service.flows.administration.lists import Listed, NotNow, NotThere, listed
from auth_service.ports import AppList, AppRegister, Audit, PageTokens, Secret
from auth_service.protocol.administration import (
    APP_ORDERS,
    PAGE,
    Actor,
    check_order,
    read_search,
)
from auth_service.protocol.app_form import new_app, read_app
from auth_service.protocol.app_keys import uses_secret
from auth_service.protocol.client import Client
from auth_service.protocol.message import say
from auth_service.protocol.scopes import Catalogue
from valetkey.opaque import new_handle


@dataclass(frozen=True, slots=True, kw_only=True)
class ManageApps:
    """Whatever is changed here takes effect at once, everywhere."""

    clients: AppRegister
    apps: AppList
    pages: PageTokens
    audit: Audit

    async def search(
        self, prefix: str, *, order: str, page: str | None
    ) -> Listed[Client]:
        """
        Apps whose name or client_id begins so.

        Raises:
            InvalidRequest: the order or the page is not one of ours.

        """
        prefix = read_search(prefix)
        of = ("apps", check_order(order, APP_ORDERS), prefix)
        after = self.pages.read(of, page) if page else None
        found = await self.apps.search(prefix, order=order, after=after, most=PAGE + 1)
        return listed(found, lambda last: self.pages.write(of, _place(last, order)))

    async def find(self, client_id: str) -> Client:
        """
        One app, suspended or not.

        Raises:
            NotThere: none is called so.

        """
        sane = client_id.isprintable()
        app = await self.clients.find_registered(client_id) if sane else None
        if app is None:
            raise NotThere
        return app

    async def secrets(self, app: Client) -> list[Secret]:
        """Its live secrets, oldest first, without the secrets themselves."""
        return list(await self.clients.secrets(app.client_id))

    async def verify(self, app: Client, actor: Actor, *, yes: bool) -> None:
        """Vouch that an app is its publisher's, or no more."""
        await self.apps.set_verified(app, yes)
        await self._note("app.verified" if yes else "app.unverified", app, actor)

    async def suspend(self, app: Client, actor: Actor, *, yes: bool) -> None:
        """Take it out of service with every token that it has, or let it back."""
        await self.apps.set_suspended(app.client_id, yes)
        await self._note("app.suspended" if yes else "app.unsuspended", app, actor)

    async def set_first_party(self, app: Client, actor: Actor, *, yes: bool) -> None:
        """
        Say whether it is the operator's own.

        Raises:
            NotNow: it registered itself, so it is not.

        """
        if yes and app.self_registered:
            raise NotNow(
                say("An app that registered itself is not the operator's own.")
            )
        await self.apps.set_first_party(app.client_id, yes)
        await self._note("app.first_party" if yes else "app.third_party", app, actor)

    async def create(
        self,
        values: Mapping[str, str],
        catalogue: Catalogue,
        actor: Actor,
        *,
        loopback: bool,
    ) -> tuple[Client, str | None]:
        """
        An app of the operator's own, for everybody; its secret is told this once.

        Raises:
            Unusable: with every field that cannot be taken.

        """
        name = f"app_{uuid4().hex}"
        blank = replace(
            new_app(values.get("kind"), client_id=name, owner=""), owner=None
        )
        # The operator's own may have what nobody else can help themselves to.
        reserved = frozenset(
            scope.name for r in catalogue.resources for scope in r.scopes
        )
        app = replace(
            read_app(
                values, replace(blank, scopes=reserved), catalogue, loopback=loopback
            ),
            live=True,
        )
        await self.clients.put(app)
        secret = new_handle() if uses_secret(app) else None
        if secret is not None:
            await self.clients.add_secret(app.client_id, secret)
        await self._note("app.registered", app, actor)
        return app, secret

    async def add_secret(self, app: Client, actor: Actor) -> str:
        """
        A second secret; the first works on until somebody deletes it.

        Raises:
            NotNow: it has two, or no use for one.

        """
        if not uses_secret(app):
            raise NotNow(say("This app proves itself in another way."))
        secret = new_handle()
        if not await self.clients.add_secret(app.client_id, secret):
            raise NotNow(
                say("Two secrets are alive already. Delete one of them first.")
            )
        await self._note("app.secret_added", app, actor)
        return secret

    async def delete_secret(self, app: Client, secret_id: str, actor: Actor) -> None:
        """End one of its secrets at once."""
        await self.clients.delete_secret(app.client_id, secret_id)
        await self._note("app.secret_deleted", app, actor)

    async def _note(self, event: str, app: Client, actor: Actor) -> None:
        await self.audit.record(
            event, client_id=app.client_id, ip=actor.ip, by=actor.by
        )


def _place(app: Client, order: str) -> tuple[str, ...]:
    moment = app.created_at.isoformat() if app.created_at else ""
    return (moment if order == "newest" else app.client_name, app.client_id)
