"""GET|POST /login and POST /login/passkey: the page on which people sign in."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.begin_session import SignedIn
from auth_service.flows.check_passkey import WrongPasskey
from auth_service.flows.check_password import WrongPassword
from auth_service.flows.consent import Consent
from auth_service.flows.second_factor import NextFactor
from auth_service.flows.sign_in import SignIn
from auth_service.flows.visits import Visit
from auth_service.protocol.message import say
from auth_service.web import visitors as cookies
from auth_service.web.authorize import go
from auth_service.web.errors import for_people
from auth_service.web.languages import speak_as_app_asks
from auth_service.web.next_path import local_path
from auth_service.web.pages import page
from auth_service.web.read import read_query
from auth_service.web.visitors import Visitor, Visitors
from valetkey.errors import InvalidRequest, OAuthError, SlowDown

_WRONG = say("This name and password do not belong together. Check both and try again.")
_WRONG_PASSKEY = say(
    "This passkey did not sign you in. Try again, or use your password."
)


def enter(signed_in: SignedIn, visitor: Visitor, next_path: str | None) -> Response:
    """Give the browser its new session and send it on."""
    if signed_in.visit is not None:
        answer = go(signed_in.visit)
    else:
        answer = Response(status_code=303, headers={"location": local_path(next_path)})
    cookies.sign_in(answer, signed_in, visitor)
    return visitor.greet(answer)


def routes(sign_in: SignIn, consent: Consent, visitors: Visitors) -> APIRouter:
    """The login page."""
    router = for_people()

    async def show(request: Request) -> Response:
        query = read_query(request)
        known: dict[str, str] = {
            name: query[name] for name in ("handle", "next") if name in query
        }
        return await _show(sign_in, await visitors.look(request), known)

    async def answer(request: Request) -> Response:
        visitor, form = await visitors.read_form(request)
        handle = form.get("handle")
        if form.get("action") == "cancel" and handle is not None:
            return go(await consent.deny(handle, visitor.browser))
        identifier, password = form.get("identifier"), form.get("password")
        if identifier is None or password is None:
            raise InvalidRequest("a name and a password are needed")
        try:
            done = await sign_in.sign_in(
                identifier,
                password,
                visitor.browser,
                remembered="remember" in form,
                handle=handle,
                next_path=form.get("next"),
            )
        except (WrongPassword, SlowDown) as refusal:
            return await _show(sign_in, visitor, form, refusal)
        if isinstance(done, NextFactor):
            location = f"/login/second-factor?{urlencode({'step': done.pending})}"
            answer = Response(status_code=303, headers={"location": location})
            return visitor.greet(answer)
        return enter(done, visitor, form.get("next"))

    @router.api_route("/login", methods=["GET", "POST"])
    async def login(request: Request) -> Response:
        return await (show if request.method == "GET" else answer)(request)

    @router.post("/login/passkey")
    async def by_passkey(request: Request) -> Response:
        visitor, form = await visitors.read_form(request)
        try:
            signed_in = await sign_in.by_passkey(
                form.get("credential", ""),
                visitor.browser,
                remembered="remember" in form,
                handle=form.get("handle"),
            )
        except (WrongPasskey, SlowDown) as refusal:
            return await _show(sign_in, visitor, form, refusal)
        return enter(signed_in, visitor, form.get("next"))

    return router


async def _show(
    sign_in: SignIn,
    visitor: Visitor,
    form: Mapping[str, str],
    refusal: OAuthError | None = None,
) -> Response:
    handle, next_path = form.get("handle"), local_path(form.get("next"))
    client, request, name = None, None, None
    if handle is not None:
        waiting, client = await sign_in.look(handle, visitor.browser)
        if await sign_in.authorize.is_ready(waiting, visitor.browser):
            # Signed in meanwhile, in another tab: this one goes on by itself.
            return visitor.greet(go(Visit("resume", handle)))
        request = waiting.request
        speak_as_app_asks(request.ui_locales)
        name = request.login_hint
    else:
        name = await sign_in.signed_in_name(visitor.browser)
    onward = {"handle": handle} if handle else {"next": next_path}
    answer = page(
        "login.html",
        status=_status(refusal),
        form_action=request.reply_to.redirect_uri if request else None,
        scripts=True,
        client_name=client.client_name if client else None,
        client_logo=client.logo if client else None,
        identifier=form.get("identifier") or name or "",
        again=handle is None and name is not None,
        error=_error(refusal),
        handle=handle,
        next=None if handle else next_path,
        options=await sign_in.check_passkey.ask(visitor.browser),
        register_url=f"/register?{urlencode(onward)}",
        csrf_token=visitor.csrf_token,
        retry_after=refusal.retry_after if refusal else None,
    )
    return visitor.greet(answer)


def _status(refusal: OAuthError | None) -> int:
    if refusal is None:
        return 200
    return 429 if isinstance(refusal, SlowDown) else 400


def _error(refusal: OAuthError | None) -> str | None:
    """What is said about a refusal; about waiting the page has its own words."""
    if isinstance(refusal, WrongPasskey):
        return _WRONG_PASSKEY
    return _WRONG if isinstance(refusal, WrongPassword) else None
