"""GET /sign-in: draw an attempt and send the browser to the provider."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from client_demo.attempts import flow_of
from client_demo.oauth.return_to import safe_return_to
from client_demo.sign_in import SignIn
from client_demo.web.cookies import keep_flow
from client_demo.web.pages import Pages
from client_demo.web.visits import read_query


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPage:
    """Where every sign-in begins."""

    sign_in: SignIn
    pages: Pages

    def add_to(self, router: APIRouter) -> None:
        """Name the paths."""
        router.add_api_route("/sign-in", self.begin, methods=["GET"])

    async def begin(self, request: Request) -> Response:
        """To the provider at once, or first show what will be sent there."""
        query = read_query(request)
        step_by_step = query.get("mode") == "steps"
        begun = await self.sign_in.begin(
            return_to=safe_return_to(query.get("return_to")),
            step_by_step=step_by_step,
        )
        if step_by_step:
            response: Response = self.pages.show(
                "step_authorize", message=begun.message, url=begun.url
            )
        else:
            response = RedirectResponse(begun.url, 303)
        keep_flow(request, response, flow_of(begun.attempt.state), begun.browser)
        return response
