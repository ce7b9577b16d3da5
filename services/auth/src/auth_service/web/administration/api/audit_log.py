"""/api/admin/audit, its exports, and /api/admin/settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.administration.audit_log import FILTERS, ReadAudit
from auth_service.protocol.administration import Actor
from auth_service.web.administration.api.route import ApiRoute, Door
from auth_service.web.administration.export import as_file, as_json
from auth_service.web.read import read_query
from valetkey.settings import Described


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some of the events, newest first; `next` is the `page` to ask for next."""

    events: list[dict[str, Any]]
    next: str | None


def routes(log: ReadAudit, described: Sequence[Described], door: Door) -> APIRouter:
    """What happened, and how the server is set up."""
    router = APIRouter(route_class=ApiRoute, tags=["audit"])
    allowed = Annotated[Actor, door("admin:audit")]

    @router.get("/audit")
    async def find_events(
        request: Request,
        _: allowed,
        event: str = "",
        person: str = "",
        client_id: str = "",
        since: str = "",
        until: str = "",
        page: str | None = None,
    ) -> AuditPage:
        """Events of this name, person, app or time."""
        found = await log.search(_filters(request), page=page)
        return AuditPage([as_json(each) for each in found.rows], found.next)

    @router.get("/audit/export", response_class=Response)
    async def export_events(
        request: Request,
        actor: allowed,
        format: Literal["csv", "jsonl"] = "jsonl",  # noqa: A002 - as it is in the query
        event: str = "",
        person: str = "",
        client_id: str = "",
        since: str = "",
        until: str = "",
    ) -> Response:
        """All of them, as a file."""
        wanted = await log.read(_filters(request))
        return as_file(await log.export(wanted, actor), format)

    @router.get("/settings")
    async def find_settings(_: allowed) -> list[Described]:
        """Every setting with its source; what is secret is masked."""
        return list(described)

    return router


def _filters(request: Request) -> dict[str, str]:
    query = read_query(request)
    return {name: query[name] for name in FILTERS if query.get(name)}
