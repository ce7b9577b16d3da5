"""The login page as attackers use it: its form, without its page."""

from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from tests.builders.auth import ISSUER, authorize_parameters
from tests.e2e.browser import Browser

HOST = "id.example"
SESSION, BROWSER = "__Host-valetkey-session", "__Host-valetkey-browser"
LOGIN = f"{ISSUER}/login"
FORM = {"content-type": "application/x-www-form-urlencoded"}


async def login_form(browser: Browser) -> dict[str, str]:
    """The fields of the login page, as this browser was given them."""
    return (await browser.get(LOGIN)).form("/login").fields


async def post(
    browser: Browser,
    form: dict[str, str],
    headers: dict[str, str] | None = None,
    path: str = "/login",
) -> httpx.Response:
    sent = FORM | (headers or {})
    return await browser.request(
        "POST", f"{ISSUER}{path}", content=urlencode(form), headers=sent
    )


async def is_signed_in(browser: Browser) -> bool:
    """Whether the authorization endpoint knows somebody here."""
    query = urlencode(authorize_parameters(prompt="none"))
    answer = await browser.request("GET", f"{ISSUER}/oauth/authorize?{query}")
    told = parse_qs(urlsplit(answer.headers["location"]).query)
    return told.get("error") != ["login_required"]


async def try_to_sign_in(
    browser: Browser, identifier: str, password: str
) -> httpx.Response:
    form = await login_form(browser)
    return await post(browser, form | {"identifier": identifier, "password": password})
