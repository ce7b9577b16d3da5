"""GET|POST /oauth/authorize and /oauth/authorize/resume (RFC 6749 section 3.1)."""

from urllib.parse import urlencode

from fastapi import APIRouter
from markupsafe import escape
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.authorize import Authorize, Outcome
from auth_service.flows.respond import Leave
from auth_service.flows.visits import Visit
from auth_service.protocol.client_id_document import address
from auth_service.protocol.reply import Reply
from auth_service.web.errors import for_people
from auth_service.web.headers import html_headers
from auth_service.web.pages import page
from auth_service.web.read import read_authorization, read_query
from auth_service.web.visitors import Visitors
from valetkey.opaque import new_handle

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

    303 and never 307: a browser must not repeat a POST (RFC 9700 section 4.12).
    """
    if isinstance(outcome, Leave):
        return page(
            "leave.html",
            status=400,
            client_name=outcome.client.client_name,
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


def routes(authorize: Authorize, visitors: Visitors) -> APIRouter:
    """The endpoint that apps send browsers to."""
    router = for_people()

    @router.api_route("/oauth/authorize", methods=["GET", "POST"])
    async def begin(request: Request) -> Response:
        parameters, repeated = await read_authorization(request)
        visitor = await visitors.look(request)
        outcome = await authorize.begin(parameters, visitor.browser, repeated=repeated)
        return visitor.greet(go(outcome))

    @router.get("/oauth/authorize/resume")
    async def resume(request: Request) -> Response:
        visitor = await visitors.look(request)
        handle = read_query(request).get("handle", "")
        return visitor.greet(go(await authorize.resume(handle, visitor.browser)))

    return router
