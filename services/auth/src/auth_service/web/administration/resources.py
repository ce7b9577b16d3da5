"""/admin/resources and /admin/resource: APIs, and what people read about them."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.administration.resources import ManageResources
from auth_service.protocol.message import say
from auth_service.protocol.scopes import Resource
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web.administration.door import Administrators, actor, asked
from auth_service.web.members import Member, for_members

_LIST, _NEW, _ONE = "/admin/resources", "/admin/resources/new", "/admin/resource"
#: Empty rows for permissions that are to be added.
_SPARE = 3
#: More than this in one API are no sentences that anybody reads.
_MOST = 100


def routes(resources: ManageResources, administrators: Administrators) -> APIRouter:
    """The list, and the form of one API."""
    router = for_members()

    @router.get(_LIST)
    async def show_all(request: Request) -> Response:
        member = await administrators.look(request)
        found = await resources.all()
        return member.show("admin/resources.html", resources=found, own=resources.own)

    @router.get(_NEW)
    async def ask(request: Request) -> Response:
        member = await administrators.look(request)
        return _form(member, _NEW, _values(None))

    @router.post(_NEW)
    async def create(request: Request) -> Response:
        member, form = await administrators.read_form(request, page=_NEW)
        values = _read(form)
        try:
            made = await resources.create(values, actor(member))
        except Unusable as unusable:
            return _form(member, _NEW, values, errors=unusable.errors)
        said = say("The API is registered.")
        return _form(member, _ONE, _values(made), notice=said)

    @router.get(_ONE)
    async def show(request: Request) -> Response:
        member = await administrators.look(request, page=_LIST)
        name = asked(request, "identifier").get("identifier", "")
        return _form(member, _ONE, _values(await resources.find(name)))

    @router.post(_ONE)
    async def change(request: Request) -> Response:
        member, form = await administrators.read_form(request, page=_LIST)
        before = await resources.find(form.get("identifier", ""))
        values = _read(form)
        try:
            after = await resources.change(before, values, actor(member))
        except Unusable as unusable:
            return _form(member, _ONE, values, errors=unusable.errors)
        return _form(member, _ONE, _values(after), notice=say("The API is saved."))

    return router


def _read(form: Mapping[str, str]) -> dict[str, object]:
    """Rows are numbered; one without a name is none."""
    scopes = [
        {
            "name": form[f"name-{n}"].strip(),
            "description": form.get(f"description-{n}", ""),
            "sensitive": f"sensitive-{n}" in form,
            "reserved": f"reserved-{n}" in form,
        }
        for n in range(_MOST)
        if form.get(f"name-{n}", "").strip()
    ]
    texts = ("identifier", "name", "client_id")
    return {**{name: form.get(name, "").strip() for name in texts}, "scopes": scopes}


def _values(resource: Resource | None) -> dict[str, object]:
    if resource is None:
        return {"identifier": "", "name": "", "client_id": "", "scopes": []}
    return {
        "identifier": resource.identifier,
        "name": resource.name,
        "client_id": resource.client_id or "",
        "scopes": [
            {
                "name": scope.name,
                "description": scope.description,
                "sensitive": scope.sensitive,
                "reserved": scope.reserved,
            }
            for scope in resource.scopes
        ],
    }


def _form(
    member: Member,
    action: str,
    values: Mapping[str, object],
    *,
    errors: Mapping[str, str] | None = None,
    notice: str | None = None,
) -> Response:
    scopes = values["scopes"]
    rows = list(scopes) if isinstance(scopes, Sequence) else []
    blank = {"name": "", "description": "", "sensitive": False, "reserved": False}
    return member.show(
        "admin/resource.html",
        status=400 if errors else 200,
        action=action,
        values=values,
        rows=(rows + [blank] * _SPARE)[:_MOST],
        errors=errors or {},
        notice=notice,
    )
