"""People with a second factor, and what they do at its pages."""

import re
from html import unescape
from time import time

import pyotp

from tests.builders.passkeys import Device
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser, Page
from tests.e2e.people import Somebody

SECURITY = "/account/security"
STEP = "/login/second-factor"


def options(page: Page) -> str:
    """What the page asks the browser's passkeys."""
    found = re.search(r'data-passkey="([^"]*)"', page.response.text)
    assert found, page.response.text
    return unescape(found[1])


def shown_codes(page: Page) -> list[str]:
    """The recovery codes on the page."""
    return re.findall(r"<li>((?:\w{4}-){3}\w{4})</li>", page.response.text)


def code(secret: str, steps: int = 0) -> str:
    """What the app shows now, or so many steps later."""
    return pyotp.TOTP(secret).generate_otp(int(time()) // 30 + steps)


async def add_authenticator(
    auth: AuthorizationServer, who: Somebody
) -> tuple[str, list[str]]:
    """Set an app up; its secret, and the recovery codes that came with it."""
    page = await who.browser.get(f"{auth.issuer}{SECURITY}/authenticator")
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', page.response.text)
    assert found
    secret = found[1].replace(" ", "")
    page = await who.browser.send(page, f"{SECURITY}/authenticator", code=code(secret))
    assert page.response.status_code == 200, page.response.text
    return secret, shown_codes(page)


async def add_passkey(
    auth: AuthorizationServer, who: Somebody, device: Device, name: str = "My device"
) -> Page:
    """Add a passkey at the security page."""
    page = await who.browser.get(f"{auth.issuer}{SECURITY}/passkeys")
    made = device.create(options(page))
    return await who.browser.send(
        page, f"{SECURITY}/passkeys", credential=made, name=name
    )


async def post(browser: Browser, url: str, fields: dict[str, str]) -> Page:
    """What a form would send, as the page's script changes it."""
    headers = {"sec-fetch-site": "same-origin", "origin": "null"}
    answer = await browser.request("POST", url, data=fields, headers=headers)
    return await browser.follow(answer, url)


async def sign_in_by_passkey(
    auth: AuthorizationServer, browser: Browser, page: Page, credential: str
) -> Page:
    """What the login page's script does."""
    fields = page.form("/login").fields | {"credential": credential}
    return await post(browser, f"{auth.issuer}/login/passkey", fields)


async def first_step(auth: AuthorizationServer, who: Somebody) -> tuple[Browser, Page]:
    """A new browser in which the password was right."""
    browser = auth.browser()
    page = await browser.get(f"{auth.issuer}/login")
    page = await who.sign_in(browser, page)
    assert page.url.startswith(f"{auth.issuer}{STEP}?"), page.url
    return browser, page
