"""GET|POST /oauth/authorize and /oauth/authorize/resume (RFC 6749 section 3.1)."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter
from markupsafe import escape
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.authorize import Authorize, Outcome
from auth_service.flows.note_refusals import NoteRefusals
from auth_service.flows.respond import Leave
from auth_service.flows.visits import Visit
from auth_service.protocol.client_id_document import address
from auth_service.protocol.reply import Reply
from auth_service.protocol.session import Browser
from auth_service.web import visitors as cookies
from auth_service.web.errors import for_people
from auth_service.web.headers import html_headers
from auth_service.web.languages import speak_as_app_asks
from auth_service.web.pages import page
from auth_service.web.read import read_authorization, read_query
from auth_service.web.visitors import Visitor, Visitors
from valetkey.opaque import new_handle

_ENDPOINT = "/oauth/authorize"
_PATHS = {
    "login": "/login",
    "register": "/register",
    "select_account": "/select-account",
    "consent": "/consent",
    "resume": "/oauth/authorize/resume",
}


def go(outcome: Outcome) -> Response:
    """
    Send the browser where a flow says.

    303 and never 307: a browser must not repeat a POST (RFC 9700 section 4.12, OIDC
    Core section 16.22).
    """
    if isinstance(outcome, Leave):
        return page(
            "in_testing.html" if outcome.in_testing else "leave.html",
            status=403 if outcome.in_testing else 400,
            client_name=outcome.client.client_name,
            client_logo=outcome.client.logo,
            address=address(outcome.client.client_id),
            redirect_host=outcome.reply.to.host,
            url=outcome.reply.url,
        )
    if isinstance(outcome, Visit):
        url = f"{_PATHS[outcome.page]}?{urlencode({'handle': outcome.handle})}"
    elif outcome.to.is_posted:
        return _form_post(outcome)
    else:
        url = outcome.url
    # Starlette would quote the URL again; an app's address is given to the letter.
    return Response(status_code=303, headers={"location": url})


def send(outcome: Outcome, visitor: Visitor) -> Response:
    """The same, where a flow may say who of several people uses the browser now."""
    answer = go(outcome)
    if isinstance(outcome, Visit) and outcome.session is not None:
        cookies.choose(answer, outcome.session, visitor)
    return visitor.greet(answer)


def _form_post(reply: Reply) -> Response:
    """A page that posts the answer (OAuth 2.0 Form Post Response Mode section 2)."""
    nonce = new_handle()
    answer = page(
        "form_post.html",
        nonce=nonce,
        redirect_uri=escape(reply.to.redirect_uri),
        redirect_host=reply.to.host,
        # Escaped here, for they are given back to the letter: what a page leaves out
        # of what it says to people is not left out of what programs compare.
        parameters={name: escape(value) for name, value in reply.parameters.items()},
    )
    answer.headers.update(html_headers(reply.to.redirect_uri, nonce=nonce))
    return answer


def routes(
    authorize: Authorize, visitors: Visitors, refusals: NoteRefusals
) -> APIRouter:
    """
    The endpoint that apps send browsers to.

    Args:
        refusals: where developers find what went wrong.

    """
    router = for_people()

    async def note(
        outcome: Outcome, parameters: Mapping[str, str], browser: Browser
    ) -> None:
        """What the app is told, where it is told that its request is refused."""
        reply = outcome.reply if isinstance(outcome, Leave) else outcome
        if isinstance(reply, Reply) and reply.refusal is not None:
            proven = {"client_id": reply.to.client_id}
            proven["redirect_uri"] = reply.to.redirect_uri
            await refusals.note(
                reply.refusal, _ENDPOINT, {**parameters, **proven}, ip=browser.ip
            )

    @router.api_route(_ENDPOINT, methods=["GET", "POST"])
    async def begin(request: Request) -> Response:
        parameters, repeated = await read_authorization(request)
        speak_as_app_asks(parameters.get("ui_locales"))
        visitor = await visitors.look(request)
        browser = visitor.browser
        async with refusals.noting(
            _ENDPOINT, parameters, ip=browser.ip, authenticates=False
        ):
            outcome = await authorize.begin(parameters, browser, repeated=repeated)
        await note(outcome, parameters, browser)
        return send(outcome, visitor)

    @router.get("/oauth/authorize/resume")
    async def resume(request: Request) -> Response:
        visitor = await visitors.look(request)
        handle = read_query(request).get("handle", "")
        outcome = await authorize.resume(handle, visitor.browser)
        await note(outcome, {}, visitor.browser)
        return send(outcome, visitor)

    return router
