"""Apache with mod_auth_openidc (Debian) as the app, by configuration alone."""

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.peers.apache_server import Apache, running_apache
from tests.e2e.peers.python_stack import Person, Stack


@pytest.fixture(scope="module")
def apache(stack: Stack) -> Iterator[Apache]:
    with running_apache(stack) as apache:
        yield apache


@pytest.fixture
async def alice(stack: Stack, apache: Apache) -> AsyncIterator[Person]:
    """Somebody whose browser also follows Apache's redirects."""
    async with httpx.AsyncClient() as http:
        yield Person(stack, http, apache.host)


async def _session(apache: Apache, person: Person) -> dict[str, Any]:
    """What the module remembers of her."""
    page = await person.visit(f"{apache.callback}?info=json")
    remembered: dict[str, Any] = page.response.json()
    return remembered


async def test_a_page_is_for_people_who_sign_in(apache: Apache, alice: Person) -> None:
    page = await alice.visit(apache.members)

    assert alice.seen[0] == "/login"
    assert page.url == apache.members
    assert "user: alice" in page.response.text
    assert "email: alice@example.com" in page.response.text


async def test_it_knows_what_the_id_token_and_userinfo_say(
    stack: Stack, apache: Apache, alice: Person
) -> None:
    await alice.visit(apache.members)

    known = await _session(apache, alice)

    assert known["id_token"]["iss"] == stack.issuer
    assert known["id_token"]["aud"] == apache.app["client_id"]
    assert known["userinfo"]["preferred_username"] == "alice"
    assert known["userinfo"]["sub"] == known["id_token"]["sub"]


async def test_it_refreshes(apache: Apache, alice: Person) -> None:
    await alice.visit(apache.members)
    before = await _session(apache, alice)

    page = await alice.visit(
        f"{apache.callback}?refresh={apache.members}"
        f"&access_token={before['access_token']}"
    )

    after = await _session(apache, alice)
    assert page.url == apache.members
    assert after["access_token"] != before["access_token"]
    assert after["refresh_token"] != before["refresh_token"]


async def test_signing_out_there_is_signing_out_here(
    stack: Stack, apache: Apache, alice: Person
) -> None:
    """RP-Initiated Logout with the ID token as the hint: nobody is asked anything."""
    await alice.visit(apache.members)
    alice.seen.clear()

    page = await alice.visit(f"{apache.callback}?logout={apache.bye}")

    assert page.url.startswith(apache.bye)
    assert alice.seen == []
    await alice.visit(apache.members)
    assert alice.seen == ["/login"]


async def test_signing_out_here_is_signing_out_there(
    stack: Stack, apache: Apache, alice: Person
) -> None:
    """Back-Channel Logout: our server tells the module, behind the browser's back."""
    stack.needs("backchannel_logout_supported")
    await alice.visit(apache.members)

    await alice.visit(f"{stack.issuer}/oauth/logout")

    assert alice.seen[-1] == "/oauth/logout/confirm"
    deadline = time.monotonic() + 20
    while (await alice.browser.request("GET", apache.members)).status_code == 200:
        assert time.monotonic() < deadline, "it was not told"
