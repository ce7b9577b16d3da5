"""GET|POST /oauth/authorize and /oauth/authorize/resume (RFC 6749 section 3.1)."""

from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.authorize import Authorize, Outcome, Visit
from auth_service.web.errors import for_people
from auth_service.web.read import read_authorization, read_query
from auth_service.web.visitors import Visitors

_PATHS = {
    "login": "/login",
    "consent": "/consent",
    "resume": "/oauth/authorize/resume",
}


def go(outcome: Outcome) -> Response:
    """
    Send the browser where a flow says.

    303 and never 307: a browser must not repeat a POST (RFC 9700 section 4.12).
    """
    if isinstance(outcome, Visit):
        url = f"{_PATHS[outcome.page]}?{urlencode({'handle': outcome.handle})}"
    else:
        url = outcome.url
    # Starlette would quote the URL again; an app's address is given to the letter.
    return Response(status_code=303, headers={"location": url})


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
