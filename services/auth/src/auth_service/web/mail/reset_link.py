"""GET|POST /reset/new: where the link leads with which a password is replaced."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.mail.proofs import LinkOver
from auth_service.flows.mail.reset_password import ResetPassword
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web.errors import for_people
from auth_service.web.languages import language
from auth_service.web.mail import link, reset
from auth_service.web.members import see
from auth_service.web.pages import page
from auth_service.web.visitors import Visitor, Visitors

_CHOOSE, _DONE = "/reset/new", "/reset/done"


def routes(resetting: ResetPassword, visitors: Visitors) -> APIRouter:
    """Where to choose a new password."""
    router = for_people()

    @router.get(_DONE)
    async def done(_: Request) -> Response:
        return page("mail/reset_done.html")

    @router.get(_CHOOSE)
    async def show(request: Request) -> Response:
        if first := link.taken_out(request):
            return first
        token = link.token_of(request)
        return await _show(resetting, await visitors.look(request), token, {})

    @router.post(_CHOOSE)
    async def choose(request: Request) -> Response:
        visitor, form = await visitors.read_form(request)
        token, new = form.get("token", ""), form.get("new_password", "")
        ip = visitor.browser.ip
        try:
            await resetting.choose(token, new, ip=ip, language=language())
        except Unusable as unusable:
            return await _show(resetting, visitor, token, unusable.errors)
        except LinkOver:
            return link.over(reset.PAGE)
        return link.forget(see(_DONE))

    return router


async def _show(
    resetting: ResetPassword, visitor: Visitor, token: str, errors: Mapping[str, str]
) -> Response:
    try:
        user = await resetting.look(token)
    except LinkOver:
        return link.over(reset.PAGE)
    answer = page(
        "mail/reset_new.html",
        status=400 if errors else 200,
        username=user.username,
        token=token,
        errors=errors,
        csrf_token=visitor.csrf_token,
        scripts=True,
    )
    return visitor.greet(answer)
