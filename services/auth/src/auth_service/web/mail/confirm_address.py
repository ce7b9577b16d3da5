"""GET|POST /confirm-address: where the link of a letter to a new address leads."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.mail.proofs import LinkOver
from auth_service.flows.mail.prove_address import ProveAddress
from auth_service.web.languages import language
from auth_service.web.mail import link
from auth_service.web.mail.address import PAGE
from auth_service.web.members import Members, for_members, see

_CONFIRM = "/confirm-address"


def routes(prove: ProveAddress, members: Members) -> APIRouter:
    """For the person who asked, signed in."""
    router = for_members()

    @router.get(_CONFIRM)
    async def show(request: Request) -> Response:
        if first := link.taken_out(request):
            return first
        member = await members.look(request)
        token = link.token_of(request)
        try:
            proof = await prove.look(token, member.person)
        except LinkOver:
            return link.over(PAGE)
        return member.show(
            "mail/confirm_address.html",
            email=proof.email,
            username=member.person.username,
            token=token,
        )

    @router.post(_CONFIRM)
    async def confirm(request: Request) -> Response:
        member, form = await members.read_form(request, page=_CONFIRM)
        token = form.get("token", "")
        try:
            await prove.confirm(token, member.person, ip=member.ip, language=language())
        except LinkOver:
            return link.over(PAGE)
        return link.forget(see(f"{PAGE}?done=confirmed"))

    return router
