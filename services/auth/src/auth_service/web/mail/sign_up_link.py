"""GET|POST /register/confirm: where the link of a new person's letter leads."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.check_password import WrongPassword
from auth_service.flows.confirm_sign_up import ConfirmSignUp
from auth_service.flows.mail.proofs import LinkOver
from auth_service.flows.sign_in import SignIn
from auth_service.protocol.message import say
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web.errors import for_people
from auth_service.web.mail import link
from auth_service.web.mail.leads_to import leads_to
from auth_service.web.pages import page
from auth_service.web.sign_in import enter
from auth_service.web.visitors import Visitor, Visitors
from valetkey.errors import SlowDown

_PAGE = "/register/confirm"
_WRONG = say("This is not the password that you chose for this account.")


def routes(confirm: ConfirmSignUp, sign_in: SignIn, visitors: Visitors) -> APIRouter:
    """In the browser of the form a button; in any other, the password too."""
    router, shown = for_people(), _Page(confirm, sign_in)

    @router.get(_PAGE)
    async def look(request: Request) -> Response:
        if first := link.taken_out(request):
            return first
        visitor = await visitors.look(request)
        try:
            return await shown.show(visitor, link.token_of(request))
        except LinkOver:
            return link.over("/register")

    @router.post(_PAGE)
    async def answer(request: Request) -> Response:
        visitor, form = await visitors.read_form(request)
        token, password = form.get("token", ""), form.get("password", "")
        try:
            return await shown.follow(visitor, token, password)
        except LinkOver:
            return link.over("/register")
        except SlowDown as slow:
            return await shown.show(visitor, token, slow=slow)

    return router


@dataclass(frozen=True, slots=True)
class _Page:
    """Shows it, and does what its button says."""

    confirm: ConfirmSignUp
    sign_in: SignIn

    async def follow(self, visitor: Visitor, token: str, password: str) -> Response:
        """The button was pressed."""
        pending = await self.confirm.find_by_link(token)
        here = pending.browser_key == visitor.browser.key
        try:
            signed_in = await self.confirm.by_link(token, password, visitor.browser)
        except WrongPassword:
            return await self.show(visitor, token, error=_WRONG)
        except Unusable as unusable:
            return page("mail/name_taken.html", status=409, errors=unusable.errors)
        return link.forget(enter(signed_in, visitor, pending.next if here else None))

    async def show(
        self,
        visitor: Visitor,
        token: str,
        *,
        error: str | None = None,
        slow: SlowDown | None = None,
    ) -> Response:
        """The page, with what went wrong."""
        pending = await self.confirm.find_by_link(token)
        answer = page(
            "mail/confirm_sign_up.html",
            status=slow.status if slow else 400 if error else 200,
            form_action=await leads_to(pending, visitor, self.sign_in),
            username=pending.user.username,
            email=pending.user.email,
            asks_password=pending.browser_key != visitor.browser.key,
            token=token,
            errors={"password": error} if error else {},
            retry_after=slow.retry_after if slow else None,
            csrf_token=visitor.csrf_token,
        )
        return visitor.greet(answer)
