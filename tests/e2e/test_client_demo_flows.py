"""The menu of client-demo with our own authorization server, each a process."""

import json
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
import pytest

from auth_service.settings import Settings
from tests.builders.auth import CODE_VERIFIER, authorize_parameters
from tests.e2e.aging import age_sign_ins
from tests.e2e.browser import Page
from tests.e2e.peers.python_stack import Person, Stack, client, start
from tests.e2e.stores import Stores
from valetkey.testing import ProofKey


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
def stores(stack: Stack) -> Iterator[Stores]:
    """What the authorization server keeps."""
    found = Stores(Settings.load(stack.services.auth.env))
    yield found
    found.close()


@asynccontextmanager
async def signed_in(stack: Stack) -> AsyncIterator[Person]:
    """Alice, in a new browser that is signed in to client-demo."""
    async with httpx.AsyncClient(timeout=20) as http:
        person = Person(stack, http, urlsplit(stack.settings.client_demo).netloc)
        home = await person.visit(f"{stack.settings.client_demo}/sign-in")
        assert "Signed in" in home.response.text
        yield person


@pytest.fixture
async def alice(stack: Stack) -> AsyncIterator[Person]:
    """Somebody who is signed in to client-demo."""
    async with signed_in(stack) as person:
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


async def test_the_api_wants_a_fresh_sign_in_and_gets_it(
    stack: Stack, stores: Stores, alice: Person
) -> None:
    """RFC 9470: the challenge comes, `max_age` goes along, the call is repeated."""
    notes = await open_page(stack, alice, "/notes")
    notes = await alice.browser.send(notes, "/notes", title="Milk", text="two litres")
    assert "two litres" in notes.response.text
    age_sign_ins(stores, timedelta(minutes=10))
    await press(stack, alice, "refresh")
    page = await open_page(stack, alice, "/flows/step-up")

    page = await alice.browser.send(page, "/flows/step-up")

    assert "The API wants you to prove again who you are" in page.response.text
    assert "insufficient_user_authentication" in page.response.text
    alice.seen.clear()
    there = await alice.browser.send(page, "/flows/step-up/sign-in")
    assert urlsplit(there.url).path == "/login", there.url
    back = await alice.visit(there.url)
    assert alice.seen[0] == "/login"
    assert back.url == f"{stack.settings.client_demo}/flows/step-up"
    page = await alice.browser.send(back, "/flows/step-up")
    assert "The API did it" in page.response.text
    notes = await open_page(stack, alice, "/notes")
    assert "two litres" not in notes.response.text


async def is_signed_in(stack: Stack, person: Person) -> bool:
    """Whether client-demo knows the browser; the provider is not asked."""
    page = await open_page(stack, person, "/")
    return "Signed in" in page.response.text


@pytest.mark.parametrize("path", ["/account", "/oauth/logout"])
async def test_LO10_a_session_that_ended_at_the_provider_ends_here(
    stack: Stack, path: str
) -> None:
    """From server to server, within ten seconds; the same person's other one stays."""
    async with signed_in(stack) as one, signed_in(stack) as other:
        page = await one.browser.get(f"{stack.issuer}{path}")
        button = "/account/sign-out" if path == "/account" else f"{path}/confirm"

        await one.browser.send(page, button, action="sign_out")

        deadline = time.monotonic() + 10
        while await is_signed_in(stack, one):
            assert time.monotonic() < deadline
        assert await is_signed_in(stack, other)


REDIRECT_URI = "http://127.0.0.1:9500/cb"


async def tokens(
    stack: Stack, person: Person, *, key: ProofKey | None = None, **asked: str
) -> dict[str, Any]:
    """The tokens of an app of ours, from a person who says yes to what it asks."""
    client_id = "notes-reader"
    mine = {
        "authorization_details_types": ["note_access"],
        "scope": "openid notes:read",
    }
    stack.add(clients=[client(client_id, **mine)])
    asked = {
        **authorize_parameters(client_id=client_id, redirect_uri=REDIRECT_URI),
        "resource": stack.settings.resource,
        **asked,
    }
    url = httpx.URL(f"{stack.issuer}/oauth/authorize", params=asked)
    page = await person.browser.get(str(url))
    if urlsplit(page.url).path == "/consent":
        page = await person.browser.send(page, "/consent", action="allow")
    token_endpoint = f"{stack.issuer}/oauth/token"
    proof = {} if key is None else {"dpop": key.proof("POST", token_endpoint)}
    answer = await person.browser.client.post(
        token_endpoint,
        data={
            "grant_type": "authorization_code",
            "code": page.query["code"],
            "redirect_uri": REDIRECT_URI,
            "code_verifier": CODE_VERIFIER,
        },
        auth=(client_id, f"{client_id}-secret-of-the-tests"),
        headers=proof,
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_JW36_the_api_takes_a_bound_token_from_its_holder_alone(
    stack: Stack, alice: Person
) -> None:
    """Issued by our server, used at our API; its nonce comes with the first answer."""
    key, thief, url = ProofKey(), ProofKey(), f"{stack.settings.resource}/notes"
    token = (await tokens(stack, alice, key=key, scope="notes:read"))["access_token"]
    assert jwt.decode(token, options={"verify_signature": False})["cnf"] == key.cnf
    http = alice.browser.client
    first = await http.get(url, headers=key.headers("GET", url, token))
    nonce = first.headers["dpop-nonce"]
    good = key.headers("GET", url, token, nonce=nonce)

    assert (await http.get(url, headers=good)).status_code == 200

    for stolen in (
        {"authorization": f"Bearer {token}"},
        {"authorization": f"DPoP {token}"},
        good,
        thief.headers("GET", url, token, nonce=nonce),
        key.headers("POST", url, token, nonce=nonce),
        key.headers("GET", f"{url}/x", token, nonce=nonce),
        key.headers("GET", url, f"{token}x", nonce=nonce)
        | {"authorization": f"DPoP {token}"},
    ):
        assert (await http.get(url, headers=stolen)).status_code == 401


async def test_a_token_for_one_note_opens_that_note_alone(
    stack: Stack, alice: Person
) -> None:
    """RFC 9396 from the consent page of our server to a route of our API."""
    http, url = alice.browser.client, f"{stack.settings.resource}/notes"
    for title in ("One", "Two"):
        notes = await open_page(stack, alice, "/notes")
        await alice.browser.send(notes, "/notes", title=title, text="said")
    all_of_them = (await tokens(stack, alice, scope="notes:read"))["access_token"]
    bearer = {"authorization": f"Bearer {all_of_them}"}
    two, one = ((await http.get(url, headers=bearer)).json()["items"])[:2]
    detail = {"type": "note_access", "actions": ["read"], "identifier": one["id"]}

    told = await tokens(
        stack, alice, scope="openid", authorization_details=json.dumps([detail])
    )

    bearer = {"authorization": f"Bearer {told['access_token']}"}
    answer = await http.get(f"{url}/{one['id']}", headers=bearer)
    assert (answer.status_code, answer.json()["title"]) == (200, "One")
    for refused in (
        await http.get(f"{url}/{two['id']}", headers=bearer),
        await http.get(url, headers=bearer),
        await http.put(f"{url}/{one['id']}", headers=bearer, json={"title": "x"}),
        await http.delete(f"{url}/{one['id']}", headers=bearer),
    ):
        assert refused.status_code == 403
