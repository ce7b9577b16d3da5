"""A developer's own things: register an app, rotate a secret, remove it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from auth_service.ports import AppRegister, Audit, LogoutReports, Resources, Secret
from auth_service.protocol.app_form import new_app, offered_scopes, read_app
from auth_service.protocol.client import Client
from auth_service.protocol.scopes import Scope
from auth_service.protocol.sign_up_form import Unusable
from auth_service.protocol.user import User
from valetkey.errors import InvalidRequest
from valetkey.opaque import new_handle

#: A person may own this many.
MAX_APPS = 50
#: What `register()` makes; no other name is a person's app.
_CLIENT_ID = re.compile(r"app_[0-9a-f]{32}")


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
        app = await self.clients.find(client_id) if own else None
        if app is None or app.owner != owner.subject:
            raise AppNotFound("this app is not known here", detail="not the owner")
        return app

    async def scopes(self) -> Sequence[Scope]:
        """Every scope that an app may be registered for."""
        return offered_scopes(await self.resources.catalogue())

    async def secrets(self, app: Client) -> Sequence[Secret]:
        """The app's live secrets, oldest first, without the secrets themselves."""
        return await self.clients.secrets(app.client_id)

    async def register(
        self, values: Mapping[str, str], owner: User, *, ip: str
    ) -> tuple[Client, str | None]:
        """
        Register an app under a client_id that nobody chose (RFC 9700 section 4.15).

        Returns:
            The app, and its secret if it can keep one: this once.

        Raises:
            Unusable: with every field that cannot be taken.

        """
        if len(await self.clients.owned_by(owner.subject)) >= MAX_APPS:
            raise Unusable({"form": f"You have {MAX_APPS} apps. Delete one first."})
        client_id = f"app_{uuid4().hex}"
        blank = new_app(values.get("kind"), client_id=client_id, owner=owner.subject)
        app = await self._read(values, blank)
        await self.clients.put(app)
        secret = None if app.is_public else new_handle()
        if secret is not None:
            await self.clients.add_secret(client_id, secret)
        await self._record("app.registered", app, ip)
        return app, secret

    async def change(self, values: Mapping[str, str], app: Client, *, ip: str) -> None:
        """
        Replace what an app says about itself.

        Raises:
            Unusable: with every field that cannot be taken.

        """
        await self.clients.put(await self._read(values, app))
        await self._record("app.changed", app, ip)

    async def add_secret(self, app: Client, *, ip: str) -> str:
        """
        A second live secret, so that the first can be replaced without a pause.

        Raises:
            Unusable: two are alive already, or the app can keep none.

        """
        if app.is_public:
            raise Unusable({"form": "This app cannot keep a secret."})
        secret = new_handle()
        if not await self.clients.add_secret(app.client_id, secret):
            raise Unusable({"form": "Two secrets are alive. Delete one first."})
        await self._record("app.secret_added", app, ip)
        return secret

    async def delete_secret(self, app: Client, secret_id: str, *, ip: str) -> None:
        """End a secret at once; a name that is none of the app's ends nothing."""
        if all(secret.id != secret_id for secret in await self.secrets(app)):
            return
        await self.clients.delete_secret(app.client_id, secret_id)
        await self._record("app.secret_deleted", app, ip)

    async def delete(self, app: Client, confirm: str | None, *, ip: str) -> None:
        """
        Remove an app with all that people allowed it.

        Raises:
            Unusable: the name that was typed is not the app's.

        """
        if (confirm or "").strip() != app.client_name:
            raise Unusable({"confirm": "This is not the app's name."})
        await self.clients.delete(app.client_id)
        await self._record("app.deleted", app, ip)

    async def _read(self, values: Mapping[str, str], app: Client) -> Client:
        catalogue = await self.resources.catalogue()
        return read_app(values, app, catalogue, loopback=self.loopback)

    async def _record(self, event: str, app: Client, ip: str) -> None:
        await self.audit.record(
            event, subject=app.owner, client_id=app.client_id, ip=ip
        )
