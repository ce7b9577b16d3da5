"""A server, a look into its stores, and a Chromium whose page must not complain."""

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Playwright,
    Response,
    sync_playwright,
)

from tests.e2e.authorization_server import AuthorizationServer, running
from tests.e2e.stores import Stores

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
async def auth(
    new_database: Callable[..., str], redis_url: str
) -> AsyncIterator[AuthorizationServer]:
    """An authorization server on real stores, for all tests of the run."""
    async with running(new_database(), redis_url) as server:
        yield server


@pytest.fixture(scope="session")
def stores(auth: AuthorizationServer) -> Iterator[Stores]:
    """What `auth` keeps."""
    found = Stores(auth.settings)
    yield found
    found.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """
    Chromium: `CHROMIUM`, else of the system, else Playwright's own.

    Without one its tests are skipped, or fail where REQUIRE_BROWSER=1 says that one
    must be there. While it runs, no other event loop can run in this thread; this is
    why tests/conftest.py puts the tests marked `browser` last.
    """
    with sync_playwright() as playwright:
        program = _program(playwright)
        if program is None:
            missing = "no Chromium: see tests/install-chromium.sh"
            if os.environ.get("REQUIRE_BROWSER") == "1":
                pytest.fail(missing)
            pytest.skip(missing)
        # Chromium's sandbox cannot be set up by root.
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(
            executable_path=program, args=[*_FLAGS, *root]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """
    A window without cookies, 1280 x 800, in light colours.

    At the end the test fails if the page complained: an error of a script, a breach
    of its own policy, something it needs that did not come. What a document answers
    (400, 401, 503) is for the test to judge.
    """
    complaints: list[str] = []
    context = chromium.new_context(
        color_scheme="light", viewport={"width": 1280, "height": 800}
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.on("console", lambda message: complaints.extend(_complaint(message)))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("response", lambda response: complaints.extend(_missing(response)))
    yield page
    context.close()
    assert not complaints


def _program(playwright: Playwright) -> str | None:
    if told := os.environ.get("CHROMIUM"):
        return told
    own = playwright.chromium.executable_path
    found = (shutil.which(name) for name in _NAMES)
    return next(filter(None, found), own if Path(own).exists() else None)


def _complaint(message: ConsoleMessage) -> list[str]:
    # Chromium reports every status of 400 and above here too: see `_missing`.
    status = message.text.startswith("Failed to load resource: the server responded")
    return [message.text] if message.type == "error" and not status else []


def _missing(response: Response) -> list[str]:
    needed = response.request.resource_type != "document"
    return [f"{response.status} {response.url}"] * (needed and response.status >= 400)
