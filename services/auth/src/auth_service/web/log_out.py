"""GET|POST /oauth/logout (OpenID Connect RP-Initiated Logout section 2)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.log_out import Confirm, LogOut, SignedOut
from auth_service.web import visitors as cookies
from auth_service.web.errors import for_people
from auth_service.web.pages import page
from auth_service.web.read import read_page_form, read_query
from auth_service.web.visitors import Visitor, Visitors

_PARAMETERS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")


def routes(log_out: LogOut, visitors: Visitors) -> APIRouter:
    """The endpoint that apps send browsers to when their people sign out."""
    router = for_people()

    @router.api_route("/oauth/logout", methods=["GET", "POST"])
    async def ask(request: Request) -> Response:
        post = request.method == "POST"
        parameters = await read_page_form(request) if post else read_query(request)
        visitor = await visitors.look(request)
        outcome = await log_out.ask(parameters, visitor.browser)
        if isinstance(outcome, SignedOut):
            return _signed_out(outcome, visitor)
        return visitor.greet(_confirm(outcome, parameters, visitor))

    @router.post("/oauth/logout/confirm")
    async def confirm(request: Request) -> Response:
        visitor, form = await visitors.read_form(request)
        if form.get("action") == "stay":
            return Response(status_code=303, headers={"location": "/account"})
        everybody = form.get("action") == "sign_out_all"
        outcome = await log_out.confirm(form, visitor.browser, everybody=everybody)
        return _signed_out(outcome, visitor)

    return router


def _confirm(
    outcome: Confirm, parameters: dict[str, str], visitor: Visitor
) -> Response:
    uri = parameters.get("post_logout_redirect_uri") if outcome.client else None
    return page(
        "logout.html",
        form_action=uri,
        client_name=outcome.client.client_name if outcome.client else None,
        fields={n: parameters[n] for n in _PARAMETERS if n in parameters},
        several=len(visitor.browser.sessions) > 1,
        csrf_token=visitor.csrf_token,
    )


def _signed_out(outcome: SignedOut, visitor: Visitor) -> Response:
    answer: Response
    if outcome.after is not None:
        answer = Response(status_code=303, headers={"location": outcome.after.url})
    else:
        client = outcome.client
        answer = page(
            "signed_out.html",
            client_name=client.client_name if client else None,
            client_uri=client.client_uri if client else None,
        )
    cookies.sign_out(answer, outcome.ended, visitor)
    return answer
