"""GET|POST /login/second-factor: the step after a right password."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.check_passkey import WrongPasskey
from auth_service.flows.second_factor import SecondFactor, WrongFactor
from auth_service.protocol.message import say
from auth_service.web.errors import for_people
from auth_service.web.languages import speak_as_app_asks
from auth_service.web.pages import page
from auth_service.web.read import read_query
from auth_service.web.sign_in import enter
from auth_service.web.visitors import Visitor, Visitors
from valetkey.errors import InvalidRequest, OAuthError, SlowDown

_PAGE = "/login/second-factor"
_WRONG = say("This code is not right, or it was used already. Wait for the next one.")
_WRONG_PASSKEY = say("This passkey did not sign you in. Try again.")


def routes(second_factor: SecondFactor, visitors: Visitors) -> APIRouter:
    """The page that asks for a code or a passkey."""
    router = for_people()

    async def show(
        visitor: Visitor, name: str, refusal: OAuthError | None = None
    ) -> Response:
        step = await second_factor.look(name, visitor.browser)
        speak_as_app_asks(step.ui_locales)
        slow = isinstance(refusal, SlowDown)
        answer = page(
            "second_factor.html",
            status=429 if slow else 400 if refusal else 200,
            form_action=step.redirect_uri,
            scripts=True,
            client_name=step.client.client_name if step.client else None,
            step=name,
            options=step.options,
            codes=step.codes,
            recovery_codes=step.factors.recovery_codes,
            error=_error(refusal),
            retry_after=refusal.retry_after if refusal else None,
            csrf_token=visitor.csrf_token,
        )
        return visitor.greet(answer)

    @router.get(_PAGE)
    async def ask(request: Request) -> Response:
        visitor = await visitors.look(request)
        return await show(visitor, read_query(request).get("step", ""))

    @router.post(_PAGE)
    async def answer(request: Request) -> Response:
        visitor, form = await visitors.read_form(request)
        name, browser = form.get("step", ""), visitor.browser
        # What waits is found first: no step is answered before its page.
        next_path = (await second_factor.find(name, browser)).next
        credential, code = form.get("credential"), form.get("code")
        try:
            if credential is not None:
                signed_in = await second_factor.by_passkey(name, credential, browser)
            elif code is not None:
                signed_in = await second_factor.by_code(name, code, browser)
            else:
                raise InvalidRequest("a code or a passkey is needed")
        except (WrongFactor, WrongPasskey, SlowDown) as refusal:
            return await show(visitor, name, refusal)
        return enter(signed_in, visitor, next_path)

    return router


def _error(refusal: OAuthError | None) -> str | None:
    """What is said about a refusal; about waiting the page has its own words."""
    if isinstance(refusal, WrongPasskey):
        return _WRONG_PASSKEY
    return _WRONG if isinstance(refusal, WrongFactor) else None
