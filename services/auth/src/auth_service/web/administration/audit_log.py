"""/admin/audit: who did what, by page, or all of it as a file."""

from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.administration.audit_log import FILTERS, ReadAudit
from auth_service.web.administration.door import Administrators, actor, asked
from auth_service.web.administration.export import FORMATS, as_file
from auth_service.web.members import for_members

_PAGE = "/admin/audit"


def routes(log: ReadAudit, administrators: Administrators) -> APIRouter:
    """The log with its filters, and its two exports."""
    router = for_members()

    @router.get(_PAGE)
    async def show(request: Request) -> Response:
        member = await administrators.look(request)
        query = asked(request, *FILTERS, "page")
        values = {name: query[name] for name in FILTERS if query.get(name)}
        found = await log.search(values, page=query.get("page"))
        return member.show(
            "admin/audit.html",
            events=found.rows,
            next=found.next,
            names=await log.events(),
            values={name: values.get(name, "") for name in FILTERS},
            query=urlencode(values),
        )

    for ending in FORMATS:

        @router.get(f"{_PAGE}.{ending}")
        async def export(request: Request) -> Response:
            member = await administrators.look(request, page=_PAGE)
            wanted = await log.read(asked(request, *FILTERS))
            batches = await log.export(wanted, actor(member))
            return as_file(batches, request.scope["path"].rpartition(".")[2])

    return router
