"""/admin/keys: what signs now, what comes next, and the emergency."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.administration.keys import ManageKeys
from auth_service.flows.administration.lists import NotNow
from auth_service.protocol.message import say
from auth_service.web.administration.door import Administrators, actor, asked
from auth_service.web.members import Member, for_members, see

_PAGE = "/admin/keys"
_SAID = {
    "rotated": say("The announced keys sign once everybody had time to fetch them."),
    "at-once": say("The announced keys sign now. Remove the retired ones next."),
    "removed": say("The key is gone, and what it signed is worth nothing."),
}


def routes(keys: ManageKeys, administrators: Administrators) -> APIRouter:
    """The list and its three buttons."""
    router = for_members()

    @router.get(_PAGE)
    async def show(request: Request) -> Response:
        member = await administrators.look(request)
        done = asked(request, "done").get("done", "")
        return await _show(keys, member, notice=_SAID.get(done))

    @router.post(f"{_PAGE}/rotate")
    async def rotate(request: Request) -> Response:
        member, form = await administrators.read_form(request, page=_PAGE)
        at_once = "now" in form
        await keys.rotate(actor(member), now=at_once)
        return see(f"{_PAGE}?done={'at-once' if at_once else 'rotated'}")

    @router.post(f"{_PAGE}/remove")
    async def remove(request: Request) -> Response:
        member, form = await administrators.read_form(request, page=_PAGE)
        try:
            await keys.remove(form.get("kid", ""), actor(member))
        except NotNow as why:
            return await _show(keys, member, status=why.status, problem=why.description)
        return see(f"{_PAGE}?done=removed")

    return router


async def _show(
    keys: ManageKeys,
    member: Member,
    *,
    status: int = 200,
    notice: str | None = None,
    problem: str | None = None,
) -> Response:
    return member.show(
        "admin/keys.html",
        status=status,
        keys=await keys.all(),
        notice=notice,
        problem=problem,
    )
