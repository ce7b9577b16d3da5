"""/api/admin/apps and /api/admin/app; a client_id may be an address."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter

from auth_service.flows.administration.apps import ManageApps
from auth_service.protocol.administration import Actor
from auth_service.protocol.client import Client
from auth_service.web.administration.api.route import ApiRoute, Door


@dataclass(frozen=True, slots=True)
class App:
    """A registered app; nothing of its secrets."""

    client_id: str
    client_name: str
    owner: str | None
    token_endpoint_auth_method: str
    grant_types: list[str]
    scopes: list[str]
    redirect_uris: list[str]
    verified: bool
    suspended: bool
    first_party: bool
    self_registered: bool
    live: bool
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class AppsPage:
    """Some of them; `next` is the `page` to ask for next."""

    apps: list[App]
    next: str | None


@dataclass(frozen=True, slots=True)
class AppChange:
    """What an administrator decides about an app; null leaves it as it is."""

    client_id: str
    verified: bool | None = None
    suspended: bool | None = None
    first_party: bool | None = None


def routes(apps: ManageApps, door: Door) -> APIRouter:
    """Every app, vouched for or taken out of service."""
    router = APIRouter(route_class=ApiRoute, tags=["apps"])
    allowed = Annotated[Actor, door("admin:apps")]

    @router.get("/apps")
    async def search_apps(
        _: allowed,
        search: str = "",
        order: Literal["name", "newest"] = "name",
        page: str | None = None,
    ) -> AppsPage:
        """Apps whose name or client_id begins so."""
        found = await apps.search(search, order=order, page=page)
        return AppsPage([_app(app) for app in found.rows], found.next)

    @router.get("/app")
    async def find_app(_: allowed, client_id: str) -> App:
        """One app."""
        return _app(await apps.find(client_id))

    @router.post("/app")
    async def change_app(actor: allowed, body: AppChange) -> App:
        """Verify, suspend or make first-party, or the other way round."""
        app = await apps.find(body.client_id)
        if body.first_party is not None:
            await apps.set_first_party(app, actor, yes=body.first_party)
        if body.verified is not None:
            await apps.verify(app, actor, yes=body.verified)
        if body.suspended is not None:
            await apps.suspend(app, actor, yes=body.suspended)
        return _app(await apps.find(body.client_id))

    return router


def _app(client: Client) -> App:
    return App(
        client_id=client.client_id,
        client_name=client.client_name,
        owner=client.owner,
        token_endpoint_auth_method=client.token_endpoint_auth_method,
        grant_types=sorted(client.grant_types),
        scopes=sorted(client.scopes),
        redirect_uris=list(client.redirect_uris),
        verified=client.verified,
        suspended=client.suspended,
        first_party=client.first_party,
        self_registered=client.self_registered,
        live=client.live,
        created_at=client.created_at,
    )
