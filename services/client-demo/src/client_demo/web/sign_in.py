"""
Where sign-ins begin: draw an attempt and send the browser to the provider.

    GET /sign-in                one of our own links
    GET, POST /login-initiation somebody else's (OpenID Connect Core section 4)
"""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from client_demo.attempts import flow_of
from client_demo.errors import BadRequest
from client_demo.oauth.attempt import Wish
from client_demo.oauth.return_to import path_of_ours, safe_return_to
from client_demo.sign_in import Begun, SignIn
from client_demo.web.cookies import keep_flow
from client_demo.web.pages import Pages
from client_demo.web.visits import read, read_query
from valetkey.parameters import is_form


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPage:
    """Where every sign-in begins."""

    sign_in: SignIn
    pages: Pages
    client_url: str

    def add_to(self, router: APIRouter) -> None:
        """Name the paths."""
        router.add_api_route("/sign-in", self.begin, methods=["GET"])
        router.add_api_route(
            "/login-initiation", self.initiate, methods=["GET", "POST"]
        )

    async def begin(self, request: Request) -> Response:
        """To the provider at once, or first show what will be sent there."""
        query = read_query(request)
        flow = query.get("flow")
        wish = Wish(
            return_to=safe_return_to(query.get("return_to")),
            step_by_step=query.get("mode") == "steps",
            pushed=flow == "par",
            bound=flow == "dpop",
        )
        begun = await self.sign_in.begin(wish)
        return depart(request, self.pages, begun)

    async def initiate(self, request: Request) -> Response:
        """
        Another site, mostly the provider's, wants its visitor signed in here.

        Nothing in the request is believed: it names the provider that we use anyway,
        and a page of ours.
        """
        told = await _read_initiation(request)
        if told.get("iss") != self.sign_in.provider.issuer:
            raise BadRequest("iss is not the provider of this application")
        return_to = path_of_ours(
            told.get("target_link_uri"), client_url=self.client_url
        )
        hint = told.get("login_hint")
        more = {} if hint is None else {"login_hint": hint}
        begun = await self.sign_in.begin(Wish(return_to=return_to, more=more))
        return depart(request, self.pages, begun)


def depart(request: Request, pages: Pages, begun: Begun) -> Response:
    """To the provider at once, or first show what will be sent there."""
    attempt = begun.asked.attempt
    if attempt.wish.step_by_step:
        response: Response = pages.show(
            "step_authorize", messages=begun.asked.messages, url=begun.url
        )
    else:
        response = RedirectResponse(begun.url, 303)
    keep_flow(request, response, flow_of(attempt.state), begun.browser)
    return response


async def _read_initiation(request: Request) -> dict[str, str]:
    if request.method == "GET":
        return read_query(request)
    if not is_form(request.headers.get("content-type")):
        raise BadRequest("the body is not a form")
    return read(await request.body())
