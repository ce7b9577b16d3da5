"""The console's forms and pages, as tests use them."""

import re
from html import unescape

from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Page
from tests.e2e.people import Somebody


async def post(
    auth: AuthorizationServer, person: Somebody, path: str, **fields: str
) -> Page:
    """Send a form of the console; its token is the same on every page."""
    page = await person.browser.get(f"{auth.issuer}/apps")
    token = page.form("/account/sign-out").fields["csrf_token"]
    response = await person.browser.request(
        "POST",
        f"{auth.issuer}{path}",
        data={"csrf_token": token, **fields},
        headers={"sec-fetch-site": "same-origin"},
    )
    return await person.browser.follow(response, f"{auth.issuer}{path}")


def text_of(page: Page) -> str:
    return unescape(re.sub(r"<[^>]+>", "", page.response.text))
