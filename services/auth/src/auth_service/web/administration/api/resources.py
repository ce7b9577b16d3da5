"""/api/admin/resources and /api/admin/resource."""

from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter

from auth_service.flows.administration.lists import NotThere
from auth_service.flows.administration.resources import ManageResources
from auth_service.protocol.administration import Actor
from auth_service.protocol.scopes import Resource
from auth_service.web.administration.api.route import ApiRoute, Door


@dataclass(frozen=True, slots=True)
class Permission:
    """A scope, and the sentence that people read about it."""

    name: str
    description: str
    sensitive: bool = False
    reserved: bool = False


@dataclass(frozen=True, slots=True)
class Api:
    """What tokens may be made out to, and what they may say there."""

    identifier: str
    name: str
    scopes: list[Permission]
    client_id: str | None = None


def routes(resources: ManageResources, door: Door) -> APIRouter:
    """What there is to ask for."""
    router = APIRouter(route_class=ApiRoute, tags=["resources"])
    allowed = Annotated[Actor, door("admin:resources")]

    @router.get("/resources")
    async def find_resources(_: allowed) -> list[Api]:
        """Every API."""
        return [_api(each) for each in await resources.all()]

    @router.put("/resource")
    async def put_resource(actor: allowed, body: Api) -> Api:
        """Register an API, or replace what is known of it."""
        values = asdict(body)
        try:
            before = await resources.find(body.identifier)
        except NotThere:
            return _api(await resources.create(values, actor))
        return _api(await resources.change(before, values, actor))

    return router


def _api(resource: Resource) -> Api:
    scopes = [
        Permission(str(s.name), str(s.description), s.sensitive, s.reserved)
        for s in resource.scopes
    ]
    return Api(resource.identifier, resource.name, scopes, resource.client_id)
