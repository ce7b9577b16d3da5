"""GET|POST /reset: "Forgot your password?", the same for everybody."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.mail.reset_password import ResetPassword
from auth_service.web.errors import for_people
from auth_service.web.languages import language
from auth_service.web.members import see
from auth_service.web.pages import page
from auth_service.web.visitors import Visitors

PAGE, _SENT = "/reset", "/reset/sent"


def routes(reset: ResetPassword, visitors: Visitors) -> APIRouter:
    """Where to ask for a link."""
    router = for_people()

    @router.api_route(PAGE, methods=["GET", "POST"])
    async def ask(request: Request) -> Response:
        if not reset.post.works:
            return page("mail/no_mail.html")
        if request.method == "GET":
            visitor = await visitors.look(request)
            answer = page("mail/reset.html", csrf_token=visitor.csrf_token)
            return visitor.greet(answer)
        visitor, form = await visitors.read_form(request)
        identifier = form.get("identifier", "").strip()
        if not identifier:
            return see(PAGE)
        ip = visitor.browser.ip
        await reset.ask(identifier, ip=ip, language=language())
        return visitor.greet(see(_SENT))

    @router.get(_SENT)
    async def sent(_: Request) -> Response:
        return page("mail/reset_sent.html")

    return router
