"""/stats: how much is kept here, for applications of the operator."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from resource_service.storage.notes import Notes
from resource_service.web.errors import RESPONSES
from valetkey import AccessToken, ResourceServer


class Stats(BaseModel):
    """How many notes, of how many people."""

    notes: int
    people: int


def stats_routes(auth: ResourceServer, notes: Notes) -> APIRouter:
    """The route /stats."""
    routes = APIRouter(tags=["stats"], responses=RESPONSES)

    @routes.get("/stats")
    async def how_many_notes_of_how_many_people(
        _: Annotated[AccessToken, Depends(auth.require_scope("stats:read"))],
    ) -> Stats:
        counted, people = await notes.count()
        return Stats(notes=counted, people=people)

    return routes
