"""GET|POST /register: the page on which people register."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.sign_in import SignIn
from auth_service.flows.sign_up import CheckYourMail, SignUp
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web.errors import for_people
from auth_service.web.languages import language, speak_as_app_asks
from auth_service.web.mail import sign_up_code
from auth_service.web.members import see
from auth_service.web.next_path import local_path
from auth_service.web.pages import page
from auth_service.web.read import read_page_form, read_query
from auth_service.web.sign_in import enter
from auth_service.web.uploads import is_upload, read_upload_form
from auth_service.web.visitors import Visitor, Visitors

#: What the form asks; whatever else is sent is nobody's business (mass assignment).
_FIELDS = (
    "username",
    "email",
    "password",
    "name",
    "phone_number",
    "birthdate",
    "emp_user_id",
)


def routes(sign_up: SignUp, sign_in: SignIn, visitors: Visitors) -> APIRouter:
    """The register page."""
    router = for_people()

    async def show(
        visitor: Visitor, form: Mapping[str, str], errors: Mapping[str, str]
    ) -> Response:
        handle = form.get("handle")
        client, redirect_uri = None, None
        if handle is not None:
            waiting, client = await sign_in.look(handle, visitor.browser)
            redirect_uri = waiting.request.reply_to.redirect_uri
            speak_as_app_asks(waiting.request.ui_locales)
        next_path = local_path(form.get("next"))
        onward = {"handle": handle} if handle else {"next": next_path}
        answer = page(
            "register.html",
            status=400 if errors else 200,
            form_action=redirect_uri,
            scripts=True,
            client_name=client.client_name if client else None,
            errors=errors,
            # A password is never sent back.
            values={n: form.get(n, "") for n in _FIELDS if n != "password"},
            handle=handle,
            next=None if handle else next_path,
            login_url=f"/login?{urlencode(onward)}",
            csrf_token=visitor.csrf_token,
        )
        return visitor.greet(answer)

    async def read(request: Request) -> tuple[Visitor, dict[str, str], bytes]:
        visitors.check_same_site(request)
        if is_upload(request):
            form, picture = await read_upload_form(request, "picture")
        else:
            form, picture = await read_page_form(request), b""
        visitor = await visitors.look(request)
        visitors.check_token(visitor, form.pop("csrf_token", ""))
        return visitor, form, picture

    @router.api_route("/register", methods=["GET", "POST"])
    async def register(request: Request) -> Response:
        if request.method == "GET":
            query = read_query(request)
            known: dict[str, str] = {
                n: query[n] for n in ("handle", "next") if n in query
            }
            return await show(await visitors.look(request), known, {})
        visitor, form, picture = await read(request)
        values = {name: form.get(name, "") for name in _FIELDS}
        try:
            outcome = await sign_up.sign_up(
                values,
                picture,
                visitor.browser,
                handle=form.get("handle"),
                next_path=form.get("next"),
                language=language(),
            )
        except Unusable as unusable:
            return await show(visitor, form, unusable.errors)
        if isinstance(outcome, CheckYourMail):
            answer = see(
                f"{sign_up_code.PAGE}?{urlencode({'pending': outcome.pending})}"
            )
            return visitor.greet(answer)
        return enter(outcome, visitor, form.get("next"))

    return router
