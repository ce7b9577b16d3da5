"""APIs, their scopes, and the sentences that people read about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auth_service.flows.administration.lists import NotThere
from auth_service.ports import Audit, Clients, ResourceRegister
from auth_service.protocol.administration import Actor, read_resource
from auth_service.protocol.message import say
from auth_service.protocol.scopes import Resource
from auth_service.protocol.sign_up_form import Unusable


@dataclass(frozen=True, slots=True, kw_only=True)
class ManageResources:
    """
    What there is to ask for.

    Attributes:
        own: our own API's identifier; what it has is not for anybody to change.

    """

    own: str
    resources: ResourceRegister
    clients: Clients
    audit: Audit

    async def all(self) -> list[Resource]:
        """Every API."""
        return list((await self.resources.catalogue()).resources)

    async def find(self, identifier: str) -> Resource:
        """
        One API.

        Raises:
            NotThere: none is called so.

        """
        found = (await self.resources.catalogue()).find(identifier)
        if found is None:
            raise NotThere
        return found

    async def create(self, values: Mapping[str, Any], actor: Actor) -> Resource:
        """
        Add an API.

        Raises:
            Unusable: with every field that cannot be taken.

        """
        resource = await self._read(values, None)
        if (await self.resources.catalogue()).find(resource.identifier):
            raise Unusable({"identifier": say("There is an API of this name already.")})
        return await self._put("resource.created", resource, actor)

    async def change(
        self, before: Resource, values: Mapping[str, Any], actor: Actor
    ) -> Resource:
        """
        Replace what is known of an API; its identifier stays.

        Raises:
            Unusable: with every field that cannot be taken.

        """
        if before.identifier == self.own:
            raise Unusable({"identifier": say("This API is built in.")})
        resource = await self._read(values, before)
        return await self._put("resource.changed", resource, actor)

    async def _read(
        self, values: Mapping[str, Any], before: Resource | None
    ) -> Resource:
        resource = read_resource(values, before)
        client_id = resource.client_id
        if client_id is not None and not await self._is_app(client_id):
            raise Unusable({"client_id": say("There is no app of this client ID.")})
        return resource

    async def _is_app(self, client_id: str) -> bool:
        printable = client_id.isprintable()
        return printable and await self.clients.find(client_id) is not None

    async def _put(self, event: str, resource: Resource, actor: Actor) -> Resource:
        await self.resources.put(resource)
        await self.audit.record(
            event,
            ip=actor.ip,
            by=actor.by,
            resource=resource.identifier,
            scopes=[scope.name for scope in resource.scopes],
        )
        return resource
