"""GET|POST /account/email: the address of whoever is signed in."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.mail.prove_address import ProveAddress
from auth_service.protocol.message import say
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web.languages import language
from auth_service.web.members import Member, Members, for_members, notice, see
from valetkey.errors import SlowDown

PAGE = "/account/email"
_SAID = {
    "changed": say("Your address is changed."),
    "confirmed": say("Your address is verified."),
}


def routes(prove: ProveAddress, members: Members) -> APIRouter:
    """The e-mail page of /account."""
    router = for_members()

    @router.get(PAGE)
    async def look(request: Request) -> Response:
        member = await members.look(request)
        return _show(prove, member, done=notice(request, _SAID))

    @router.post(PAGE)
    async def change(request: Request) -> Response:
        member, form = await members.read_form(request, page=PAGE, fresh=True)
        return await _send(prove, member, form.get("email", ""))

    @router.post(f"{PAGE}/verify")
    async def verify(request: Request) -> Response:
        member, _ = await members.read_form(request, page=PAGE)
        return await _send(prove, member, member.person.email)

    return router


async def _send(prove: ProveAddress, member: Member, email: str) -> Response:
    try:
        sent_to = await prove.change(
            email, member.person, ip=member.ip, language=language()
        )
    except Unusable as unusable:
        return _show(prove, member, status=400, errors=unusable.errors, email=email)
    except SlowDown as slow:
        text = say("There were enough letters. Look into your spam folder, too.")
        return _show(
            prove,
            member,
            status=slow.status,
            errors={"email": text},
            retry_after=slow.retry_after,
        )
    if sent_to is None:
        return see(f"{PAGE}?done=changed")
    return member.show("mail/address_sent.html", email=sent_to)


def _show(
    prove: ProveAddress,
    member: Member,
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    email: str = "",
    done: str | None = None,
    retry_after: int | None = None,
) -> Response:
    return member.show(
        "mail/email.html",
        status=status,
        retry_after=retry_after,
        email=member.person.email,
        email_verified=member.person.email_verified,
        sends_mail=prove.works,
        values={"email": email},
        errors=errors or {},
        notice=done,
    )
