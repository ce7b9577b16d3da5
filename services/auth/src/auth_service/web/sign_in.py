"""GET|POST /login: the page on which people sign in."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.begin_session import SignedIn
from auth_service.flows.check_password import WrongPassword
from auth_service.flows.consent import Consent
from auth_service.flows.sign_in import SignIn
from auth_service.flows.visits import Visit
from auth_service.web import visitors as cookies
from auth_service.web.authorize import go
from auth_service.web.errors import for_people
from auth_service.web.next_path import local_path
from auth_service.web.pages import page
from auth_service.web.read import read_query
from auth_service.web.visitors import Visitor, Visitors
from valetkey.errors import InvalidRequest, SlowDown

_WRONG = "This name and password do not belong together. Check both and try again."


def enter(signed_in: SignedIn, visitor: Visitor, next_path: str | None) -> Response:
    """Give the browser its new session and send it on."""
    if signed_in.visit is not None:
        answer = go(signed_in.visit)
    else:
        answer = Response(status_code=303, headers={"location": local_path(next_path)})
    cookies.sign_in(answer, signed_in.cookie, remembered=signed_in.session.remembered)
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
            signed_in = await sign_in.sign_in(
                identifier,
                password,
                visitor.browser,
                remembered="remember" in form,
                handle=handle,
            )
        except (WrongPassword, SlowDown) as refusal:
            return await _show(sign_in, visitor, form, refusal)
        return enter(signed_in, visitor, form.get("next"))

    @router.api_route("/login", methods=["GET", "POST"])
    async def login(request: Request) -> Response:
        return await (show if request.method == "GET" else answer)(request)

    return router


async def _show(
    sign_in: SignIn,
    visitor: Visitor,
    form: Mapping[str, str],
    refusal: WrongPassword | SlowDown | None = None,
) -> Response:
    handle, next_path = form.get("handle"), local_path(form.get("next"))
    client, request = None, None
    if handle is not None:
        waiting, client = await sign_in.look(handle, visitor.browser)
        if await sign_in.authorize.is_ready(waiting, visitor.browser):
            # Signed in meanwhile, in another tab: this one goes on by itself.
            return visitor.greet(go(Visit("resume", handle)))
        request = waiting.request
    onward = {"handle": handle} if handle else {"next": next_path}
    slow = isinstance(refusal, SlowDown)
    answer = page(
        "login.html",
        status=429 if slow else 400 if refusal else 200,
        form_action=request.reply_to.redirect_uri if request else None,
        client_name=client.client_name if client else None,
        client_logo=None,
        identifier=form.get("identifier") or (request and request.login_hint) or "",
        error=_WRONG if refusal and not slow else None,
        handle=handle,
        next=None if handle else next_path,
        register_url=f"/register?{urlencode(onward)}",
        csrf_token=visitor.csrf_token,
        retry_after=refusal.retry_after if refusal else None,
    )
    if refusal is not None and refusal.retry_after is not None:
        answer.headers["retry-after"] = str(refusal.retry_after)
    return visitor.greet(answer)
