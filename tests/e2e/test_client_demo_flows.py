"""The menu of client-demo with our own authorization server, each a process."""

import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from html import unescape
from urllib.parse import urlsplit

import httpx
import pytest

from tests.e2e.browser import Page
from tests.e2e.peers.python_stack import Person, Stack, start


@pytest.fixture(scope="module")
def stack(
    new_database: Callable[..., str],
    redis_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    """The services of `make demo`."""
    folder = tmp_path_factory.mktemp("flows") / "demo"
    yield from start(folder, new_database(), redis_url)


@pytest.fixture
async def alice(stack: Stack) -> AsyncIterator[Person]:
    """Somebody who is signed in to client-demo."""
    async with httpx.AsyncClient(timeout=20) as http:
        person = Person(stack, http, urlsplit(stack.settings.client_demo).netloc)
        home = await person.visit(f"{stack.settings.client_demo}/sign-in")
        assert "Signed in" in home.response.text
        yield person


async def open_page(stack: Stack, person: Person, path: str) -> Page:
    return await person.visit(f"{stack.settings.client_demo}{path}")


async def press(stack: Stack, person: Person, flow: str) -> Page:
    """A button of the menu."""
    menu = await open_page(stack, person, "/flows")
    return await person.browser.send(menu, f"/flows/{flow}")


async def test_tokens_are_refreshed(stack: Stack, alice: Person) -> None:
    page = await press(stack, alice, "refresh")

    assert "the next refresh token; the old one is spent" in page.response.text


async def test_a_service_gets_a_token(stack: Stack, alice: Person) -> None:
    page = await press(stack, alice, "client-credentials")

    assert "speaks for itself" in page.response.text
    assert "service-app" in page.response.text


async def test_silent_renewal_comes_back_without_a_page(
    stack: Stack, alice: Person
) -> None:
    page = await press(stack, alice, "silent-renewal")

    assert urlsplit(page.url).path == "/steps", page.response.text


async def test_a_token_is_exchanged(stack: Stack, alice: Person) -> None:
    stack.needs(
        "grant_types_supported", "urn:ietf:params:oauth:grant-type:token-exchange"
    )

    page = await press(stack, alice, "token-exchange")

    assert "can do less" in page.response.text


@pytest.mark.parametrize(
    ("flow", "member"),
    [
        ("par", "pushed_authorization_request_endpoint"),
        ("dpop", "dpop_signing_alg_values_supported"),
    ],
)
async def test_a_sign_in_of_another_kind(
    stack: Stack, alice: Person, flow: str, member: str
) -> None:
    stack.needs(member)
    first = await open_page(stack, alice, f"/sign-in?mode=steps&flow={flow}")
    link = re.search(r'href="(http[^"]+/oauth/authorize[^"]+)"', first.response.text)
    assert link
    back = await alice.visit(unescape(link[1]))

    page = await alice.browser.send(back, "/callback")

    assert "Signed in" in page.response.text, page.response.text
    notes = await open_page(stack, alice, "/notes")
    assert "Your notes" in notes.response.text


async def test_a_device_gets_its_tokens(stack: Stack, alice: Person) -> None:
    stack.needs("device_authorization_endpoint")

    page = await press(stack, alice, "device")

    link = re.search(r'href="(http[^"]+user_code=[^"]+)"', page.response.text)
    assert link, page.response.text
    alice.answers["/device"] = {"action": "allow"}
    await alice.visit(unescape(link[1]))
    deadline = time.monotonic() + 30
    while "this screen has its tokens" not in page.response.text:
        assert time.monotonic() < deadline, page.response.text
        page = await open_page(stack, alice, "/flows/device")


async def test_signing_out_everywhere_comes_back(stack: Stack, alice: Person) -> None:
    logout = await open_page(stack, alice, "/flows/logout")

    page = await alice.browser.send(logout, "/sign-out-everywhere")

    assert "signed out here and at the provider" in page.response.text
