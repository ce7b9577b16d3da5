"""GET|POST /select-account: the page on which people say as who they go on."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.consent import Consent
from auth_service.flows.select_account import Account, Choice, SelectAccount
from auth_service.flows.visits import Visit
from auth_service.web.authorize import go, send
from auth_service.web.errors import for_people
from auth_service.web.languages import speak_as_app_asks
from auth_service.web.pages import page
from auth_service.web.read import read_query
from auth_service.web.visitors import Visitor, Visitors
from valetkey.errors import InvalidRequest


def routes(
    select_account: SelectAccount, consent: Consent, visitors: Visitors
) -> APIRouter:
    """The account chooser."""
    router = for_people()

    @router.get("/select-account")
    async def ask(request: Request) -> Response:
        visitor = await visitors.look(request)
        handle = read_query(request).get("handle", "")
        choice = await select_account.ask(handle, visitor.browser)
        if isinstance(choice, Visit):
            return visitor.greet(go(choice))
        return visitor.greet(_show(choice, handle, visitor))

    @router.post("/select-account")
    async def answer(request: Request) -> Response:
        visitor, form = await visitors.read_form(request)
        handle, action = form.get("handle", ""), form.get("action")
        browser, sid = visitor.browser, form.get("account")
        if action == "continue" or sid is not None:
            return send(await select_account.go_on(handle, browser, sid), visitor)
        if action == "switch":
            return go(await select_account.switch(handle, browser))
        if action == "cancel":
            return go(await consent.deny(handle, browser))
        raise InvalidRequest("the answer must be an account, switch or cancel")

    return router


def _show(choice: Choice, handle: str, visitor: Visitor) -> Response:
    request = choice.waiting.request
    speak_as_app_asks(request.ui_locales)
    return page(
        "select_account.html",
        form_action=request.reply_to.redirect_uri,
        client_name=choice.client.client_name,
        client_logo=choice.client.logo,
        current=_account(choice.current) if choice.current else None,
        others=[_account(each) for each in choice.others],
        handle=handle,
        csrf_token=visitor.csrf_token,
    )


def _account(account: Account) -> dict[str, str | None]:
    person = account.person
    return {
        "sid": account.sid,
        "name": person.name,
        "username": person.username,
        "email": person.email,
        "picture_url": person.picture,
    }
