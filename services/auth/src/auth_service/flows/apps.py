"""A developer's own things: register an app, change it, let people in, remove it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from auth_service.ports import (
    AppRegister,
    Audit,
    LogoutReports,
    Outbound,
    Refusals,
    Resources,
    Secret,
)
from auth_service.protocol.app_form import new_app, offered_scopes, read_app
from auth_service.protocol.app_keys import uses_secret
from auth_service.protocol.client import Client
from auth_service.protocol.message import say
from auth_service.protocol.refusal import Refusal
from auth_service.protocol.scopes import Catalogue, Scope
from auth_service.protocol.sign_up_form import Unusable
from auth_service.protocol.testing import MAX_TESTERS, Check, checklist, read_name
from auth_service.protocol.user import User, canonical
from valetkey.errors import InvalidRequest
from valetkey.fetch import Unfetchable
from valetkey.opaque import new_handle

#: A person may own this many.
MAX_APPS = 50
#: What `register()` makes; no other name is a person's app.
_CLIENT_ID = re.compile(r"app_[0-9a-f]{32}")
#: Members that this server will call itself.
_CALLED = ("jwks_uri", "backchannel_logout_uri")
#: Changing one of these is like a new secret: it asks for a fresh sign-in.
_PROOF = ("token_endpoint_auth_method", "jwks", "jwks_uri")


class AppNotFound(InvalidRequest):
    """There is no such app, or it is somebody else's: one answer for both."""

    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Apps:
    """
    The developer console's work; an app is only ever found through its owner.

    Attributes:
        loopback: whether home pages on this computer will do, as in development.

    """

    clients: AppRegister
    resources: Resources
    logouts: LogoutReports
    refusals: Refusals
    outbound: Outbound
    audit: Audit
    loopback: bool

    async def owned_by(self, owner: User) -> Sequence[Client]:
        """The apps of a person, newest first."""
        return await self.clients.owned_by(owner.subject)

    async def find(self, client_id: str, owner: User) -> Client:
        """
        One app of this person.

        Raises:
            AppNotFound: it is not theirs, or not there.

        """
        own = _CLIENT_ID.fullmatch(client_id)
        app = await self.clients.find_registered(client_id) if own else None
        if app is None or app.owner != owner.subject:
            raise AppNotFound("this app is not known here", detail="not the owner")
        return app

    async def catalogue(self) -> Catalogue:
        """Every API."""
        return await self.resources.catalogue()

    async def scopes(self, app: Client | None = None) -> Sequence[Scope]:
        """Every scope that an app, this one or a new one, may be registered for."""
        return offered_scopes(await self.resources.catalogue(), app)

    async def secrets(self, app: Client) -> Sequence[Secret]:
        """The app's live secrets, oldest first, without the secrets themselves."""
        return await self.clients.secrets(app.client_id)

    async def errors(self, app: Client) -> Sequence[Refusal]:
        """What the app was refused last, newest first."""
        return await self.refusals.of(app.client_id)

    async def register(
        self, values: Mapping[str, str], owner: User, *, ip: str
    ) -> tuple[Client, str | None]:
        """
        Register an app under a client_id that nobody chose (RFC 9700 section 4.15).

        Returns:
            The app, and its secret if it has one: this once.

        Raises:
            Unusable: with every field that cannot be taken.

        """
        if len(await self.clients.owned_by(owner.subject)) >= MAX_APPS:
            raise too_many_apps()
        client_id = f"app_{uuid4().hex}"
        blank = new_app(values.get("kind"), client_id=client_id, owner=owner.subject)
        app = await self._read(values, blank)
        await self.clients.put(app)
        secret = new_handle() if uses_secret(app) else None
        if secret is not None:
            await self.clients.add_secret(client_id, secret)
        await self.record("app.registered", app, ip)
        return app, secret

    async def read(self, values: Mapping[str, str], app: Client) -> tuple[Client, bool]:
        """
        What an app would be with these values, and whether that changes its proof.

        Raises:
            Unusable: with every field that cannot be taken.

        """
        changed = await self._read(values, app)
        proof = any(getattr(app, name) != getattr(changed, name) for name in _PROOF)
        return changed, proof

    async def change(self, app: Client, changed: Client, *, ip: str) -> None:
        """
        Replace what an app says about itself.

        Raises:
            Unusable: somebody else, or another tab, has changed it meanwhile.

        """
        await self._replace(app, changed)
        await self.record("app.changed", app, ip)

    async def checklist(self, app: Client) -> Sequence[Check]:
        """What the app needs before everybody may use it."""
        secrets = await self.secrets(app)
        return checklist(app, has_secret=bool(secrets), loopback=self.loopback)

    async def go_live(self, app: Client, *, ip: str) -> None:
        """
        Let everybody use the app.

        Raises:
            Unusable: something that it needs is missing.

        """
        if any(c.required and not c.done for c in await self.checklist(app)):
            raise Unusable({"form": say("Something that the app needs is missing.")})
        if not app.live:
            await self._replace(app, replace(app, live=True))
            await self.record("app.went_live", app, ip)

    async def go_back(self, app: Client, *, ip: str) -> None:
        """
        Keep the app to its owner and its testers again, from the next sign-in on.

        Raises:
            Unusable: see `change`.

        """
        if app.live:
            await self._replace(app, replace(app, live=False))
            await self.record("app.in_testing", app, ip)

    async def add_tester(self, app: Client, name: str, *, ip: str) -> None:
        """
        Let somebody try the app; whether there is such a person is not told.

        Raises:
            Unusable: it is no name, or there are too many.

        """
        name = read_name(name)
        if canonical(name) in map(canonical, app.testers):
            return
        if len(app.testers) >= MAX_TESTERS:
            raise Unusable(
                {"name": say("Name at most {count} testers.", count=MAX_TESTERS)}
            )
        await self._replace(app, replace(app, testers=(*app.testers, name)))
        await self.record("app.tester_added", app, ip)

    async def remove_tester(self, app: Client, name: str, *, ip: str) -> None:
        """
        Let somebody try the app no more, from their next sign-in on.

        Raises:
            Unusable: see `change`.

        """
        left = tuple(tester for tester in app.testers if tester != name)
        if left != app.testers:
            await self._replace(app, replace(app, testers=left))
            await self.record("app.tester_removed", app, ip)

    async def add_secret(self, app: Client, *, ip: str) -> str:
        """
        A second live secret, so that the first can be replaced without a pause.

        Raises:
            Unusable: two are alive already, or the app can keep none.

        """
        if not uses_secret(app):
            raise Unusable({"form": say("This app has no use for a secret.")})
        secret = new_handle()
        if not await self.clients.add_secret(app.client_id, secret):
            raise Unusable({"form": say("Two secrets are alive. Revoke one first.")})
        await self.record("app.secret_added", app, ip)
        return secret

    async def delete_secret(self, app: Client, secret_id: str, *, ip: str) -> None:
        """End a secret at once; a name that is none of the app's ends nothing."""
        if all(secret.id != secret_id for secret in await self.secrets(app)):
            return
        await self.clients.delete_secret(app.client_id, secret_id)
        await self.record("app.secret_deleted", app, ip)

    async def delete(self, app: Client, confirm: str | None, *, ip: str) -> None:
        """
        Remove an app with all that people allowed it.

        Raises:
            Unusable: the name that was typed is not the app's.

        """
        if (confirm or "").strip() != app.client_name:
            raise Unusable({"confirm": say("This is not the app's name.")})
        await self.clients.delete(app.client_id)
        await self.record("app.deleted", app, ip)

    async def record(self, event: str, app: Client, ip: str) -> None:
        """Put down what its owner did."""
        await self.audit.record(
            event, subject=app.owner, client_id=app.client_id, ip=ip
        )

    async def _replace(self, app: Client, changed: Client) -> None:
        if not await self.clients.replace(app, changed):
            raise Unusable(
                {"form": say("The app was changed meanwhile. Look at it again.")}
            )

    async def _read(self, values: Mapping[str, str], app: Client) -> Client:
        catalogue = await self.resources.catalogue()
        changed = read_app(values, app, catalogue, loopback=self.loopback)
        errors = {}
        for name in _CALLED:
            url = getattr(changed, name)
            if url is not None and url != getattr(app, name):
                try:
                    await self.outbound.check(url)
                except Unfetchable:
                    errors[name] = say("This address cannot be called from here.")
        if errors:
            raise Unusable(errors)
        return changed


def too_many_apps() -> Unusable:
    """A person owns as many apps as they may."""
    text = say("You have {count} apps. Delete one first.", count=MAX_APPS)
    return Unusable({"form": text})
