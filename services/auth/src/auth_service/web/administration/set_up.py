"""GET|POST /admin/set-up: the first administrator, by the link in the log."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.administration.set_up import PAGE, SetUp
from auth_service.flows.mail.proofs import LinkOver
from auth_service.web.mail import link
from auth_service.web.members import Members, for_members, see


def routes(first: SetUp, members: Members) -> APIRouter:
    """A GET shows a button, so that a preview uses nothing up."""
    router = for_members()

    @router.get(PAGE)
    async def show(request: Request) -> Response:
        if moved := link.taken_out(request):
            return moved
        member = await members.look(request)
        token = link.token_of(request)
        try:
            await first.look(token)
        except LinkOver:
            return link.over("/")
        return member.show(
            "admin/set_up.html", username=member.person.username, token=token
        )

    @router.post(PAGE)
    async def accept(request: Request) -> Response:
        member, form = await members.read_form(request, page=PAGE, fresh=True)
        try:
            await first.accept(form.get("token", ""), member.person, ip=member.ip)
        except LinkOver:
            return link.over("/")
        return link.forget(see("/admin/people"))

    return router
