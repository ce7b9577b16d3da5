"""/api/admin/keys."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter

from auth_service.flows.administration.keys import Key, ManageKeys
from auth_service.protocol.administration import Actor
from auth_service.web.administration.api.route import ApiRoute, Door


@dataclass(frozen=True, slots=True)
class Rotation:
    """`now`: without announcement, because a key may be stolen."""

    now: bool = False


@dataclass(frozen=True, slots=True)
class Rotated:
    """When the announced keys begin to sign."""

    active_at: datetime


def routes(keys: ManageKeys, door: Door) -> APIRouter:
    """What signs now, what comes next, and the emergency."""
    router = APIRouter(route_class=ApiRoute, tags=["keys"])
    allowed = Annotated[Actor, door("admin:keys")]

    @router.get("/keys")
    async def find_keys(_: allowed) -> list[Key]:
        """Every published key."""
        return await keys.all()

    @router.post("/keys/rotate")
    async def rotate_keys(actor: allowed, body: Rotation) -> Rotated:
        """Let the announced keys sign once everybody had time to fetch them."""
        return Rotated(await keys.rotate(actor, now=body.now))

    @router.delete("/keys/{kid}", status_code=204)
    async def remove_key(actor: allowed, kid: str) -> None:
        """Withdraw a retired key at once."""
        await keys.remove(kid, actor)

    return router
