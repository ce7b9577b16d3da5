"""GET|POST /consent: the page on which people say yes or no to an app."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.consent import Consent, Question
from auth_service.flows.visits import Visit
from auth_service.web.asking import who_asks_whom
from auth_service.web.authorize import go
from auth_service.web.errors import for_people
from auth_service.web.languages import speak, speak_as_app_asks
from auth_service.web.pages import page
from auth_service.web.read import read_query
from auth_service.web.visitors import Visitor, Visitors
from valetkey.errors import InvalidRequest

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def routes(consent: Consent, visitors: Visitors) -> APIRouter:
    """The consent page."""
    router = for_people()

    @router.get("/consent")
    async def ask(request: Request) -> Response:
        visitor = await visitors.look(request)
        handle = read_query(request).get("handle", "")
        question = await consent.ask(handle, visitor.browser)
        if isinstance(question, Visit):
            return visitor.greet(go(question))
        return visitor.greet(_show(question, handle, visitor))

    @router.post("/consent")
    async def answer(request: Request) -> Response:
        visitor, form = await visitors.read_form(request)
        handle, action = form.get("handle", ""), form.get("action")
        if action == "allow":
            return go(await consent.allow(handle, visitor.browser))
        if action == "deny":
            return go(await consent.deny(handle, visitor.browser))
        if action == "switch":
            return go(await consent.switch(handle, visitor.browser))
        raise InvalidRequest("the answer must be allow, deny or switch")

    return router


def _show(question: Question, handle: str, visitor: Visitor) -> Response:
    client, person = question.client, question.person
    request = question.waiting.request
    reply_to = request.reply_to
    speak(person.locale)
    speak_as_app_asks(request.ui_locales)
    return page(
        "consent.html",
        form_action=reply_to.redirect_uri,
        **who_asks_whom(client, person),
        verified=client.verified or client.first_party,
        live=client.live,
        redirect_host=reply_to.host,
        new_scopes=question.new_scopes,
        granted_scopes=question.granted_scopes,
        resource_names=[resource.name for resource in question.resources],
        handle=handle,
        csrf_token=visitor.csrf_token,
        localhost_warning=reply_to.host.startswith(_LOOPBACK),
    )
