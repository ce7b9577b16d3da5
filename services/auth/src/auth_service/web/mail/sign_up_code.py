"""GET|POST /register/code: "Check your mail", and the code of the letter."""

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.confirm_sign_up import ConfirmSignUp
from auth_service.flows.mail.proofs import LinkOver, WrongCode
from auth_service.flows.sign_in import SignIn
from auth_service.protocol.message import say
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web.errors import for_people
from auth_service.web.languages import language
from auth_service.web.mail import link
from auth_service.web.mail.leads_to import leads_to
from auth_service.web.members import see
from auth_service.web.pages import page
from auth_service.web.read import read_query
from auth_service.web.sign_in import enter
from auth_service.web.visitors import Visitor, Visitors
from valetkey.errors import SlowDown

PAGE = "/register/code"
_WRONG = say("This is not the code of the letter. Check it and try again.")


def routes(confirm: ConfirmSignUp, sign_in: SignIn, visitors: Visitors) -> APIRouter:
    """Where the code is typed in."""
    router, shown = for_people(), _Page(confirm, sign_in)

    @router.get(PAGE)
    async def look(request: Request) -> Response:
        query = read_query(request)
        visitor, name = await visitors.look(request), query.get("pending", "")
        try:
            return await shown.show(visitor, name, sent_again="again" in query)
        except LinkOver:
            return link.over("/register")

    @router.post(PAGE)
    async def answer(request: Request) -> Response:
        visitor, form = await visitors.read_form(request)
        name, code = form.get("pending", ""), form.get("code", "")
        try:
            if form.get("action") == "again":
                return await shown.send_again(visitor, name)
            return await shown.check(visitor, name, code)
        except LinkOver:
            return link.over("/register")
        except SlowDown as slow:
            return await shown.show(visitor, name, slow=slow)

    return router


@dataclass(frozen=True, slots=True)
class _Page:
    """Shows it, and does what its two buttons say."""

    confirm: ConfirmSignUp
    sign_in: SignIn

    async def send_again(self, visitor: Visitor, name: str) -> Response:
        """The same letter once more."""
        await self.confirm.send_again(name, visitor.browser, language=language())
        return see(f"{PAGE}?{urlencode({'pending': name, 'again': '1'})}")

    async def check(self, visitor: Visitor, name: str, code: str) -> Response:
        """What was typed in is what the letter says, or not."""
        pending = await self.confirm.find(name, visitor.browser)
        try:
            signed_in = await self.confirm.by_code(name, code, visitor.browser)
        except WrongCode:
            return await self.show(visitor, name, error=_WRONG)
        except Unusable as unusable:
            return page("mail/name_taken.html", status=409, errors=unusable.errors)
        return enter(signed_in, visitor, pending.next)

    async def show(
        self,
        visitor: Visitor,
        name: str,
        *,
        sent_again: bool = False,
        error: str | None = None,
        slow: SlowDown | None = None,
    ) -> Response:
        """The page, with what went wrong."""
        pending = await self.confirm.find(name, visitor.browser)
        answer = page(
            "mail/check_mail.html",
            status=slow.status if slow else 400 if error else 200,
            form_action=await leads_to(pending, visitor, self.sign_in),
            email=pending.user.email,
            pending=name,
            errors={"code": error} if error else {},
            sent_again=sent_again,
            retry_after=slow.retry_after if slow else None,
            csrf_token=visitor.csrf_token,
        )
        return visitor.greet(answer)
