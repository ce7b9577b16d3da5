"""People whom nobody else's test knows."""

from dataclasses import dataclass
from itertools import count
from urllib.parse import urlsplit

from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser, Page
from tests.e2e.mailbox import next_letter

_numbers = count(1)


@dataclass(frozen=True)
class Somebody:
    """A person, and a browser in which they are signed in."""

    username: str
    password: str
    browser: Browser

    @property
    def email(self) -> str:
        return f"{self.username}@people.example"

    async def sign_in(self, browser: Browser, page: Page) -> Page:
        """Fill in the login page."""
        return await browser.send(
            page, "/login", identifier=self.username, password=self.password
        )


async def register(auth: AuthorizationServer, **fields: str) -> Somebody:
    """A new person, by the register page, and by the code of a letter if one comes."""
    number = next(_numbers)
    somebody = Somebody(
        username=f"somebody-{number}",
        password=f"seven purple elephants {number}",
        browser=auth.browser(),
    )
    given = {
        "username": somebody.username,
        "email": somebody.email,
        "password": somebody.password,
        "name": "Some Body",
    }
    page = await somebody.browser.get(f"{auth.issuer}/register")
    page = await somebody.browser.send(page, "/register", **{**given, **fields})
    if urlsplit(page.url).path == "/register/code":
        letter = await next_letter(auth, somebody.email)
        page = await somebody.browser.send(page, "/register/code", code=letter.code)
    assert "/register" not in page.url, page.response.text
    return somebody


async def with_consent(auth: AuthorizationServer, **changes: str | None) -> Somebody:
    """A new person who has allowed web-app everything that it asks by default."""
    somebody = await register(auth)
    await auth.code(somebody.browser, **changes)
    return somebody
