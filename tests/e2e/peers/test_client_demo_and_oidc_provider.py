"""client-demo and the library with `oidc-provider` (npm), by configuration alone."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from threading import Thread
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from fastapi import Depends, FastAPI

from tests.e2e.browser import Browser, Page
from tests.e2e.peers import node_peers
from tests.e2e.peers.python_stack import free_ports
from valetkey.access_token import AccessToken
from valetkey.resource_server import ResourceServer

HERE = Path(__file__).parent
CODE = ["authorization_code", "refresh_token"]
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass(frozen=True)
class Site:
    """The provider, client-demo and an API, each on a port of its own."""

    issuer: str
    client: str
    api: str


def _client(site: Site) -> list[dict[str, Any]]:
    """What somebody registers at the provider for client-demo."""
    return [
        {
            "client_id": "client-demo",
            "client_secret": "the secret of client-demo",
            "grant_types": [*CODE, DEVICE],
            "redirect_uris": [f"{site.client}/callback"],
            "post_logout_redirect_uris": [f"{site.client}/"],
            "backchannel_logout_uri": f"{site.client}/backchannel-logout",
            "backchannel_logout_session_required": True,
            "id_token_signed_response_alg": "ES256",
        },
        {
            "client_id": "service",
            "client_secret": "the secret of the service",
            "grant_types": ["client_credentials"],
            "redirect_uris": [],
            "response_types": [],
        },
    ]


def _api(site: Site) -> FastAPI:
    """An API of somebody who knows nothing of the provider but its address."""
    app = FastAPI()
    auth = ResourceServer(issuer=site.issuer, audience=site.api)
    auth.install(app)

    @app.get("/me")
    async def me(token: Annotated[AccessToken, Depends(auth.require())]) -> Any:
        return {"sub": token.subject, "client_id": token.client_id}

    @app.get("/notes")
    async def notes(
        _: Annotated[AccessToken, Depends(auth.require_scope("notes:read"))],
    ) -> Any:
        return {"items": []}

    return app


@contextmanager
def _process(command: list[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=15)


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < deadline, url
        time.sleep(0.05)


@pytest.fixture(scope="module")
def site(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    node_peers.require_packages()
    op, client, api = (f"http://localhost:{port}" for port in free_ports(3))
    site = Site(op, client, api)
    logs = tmp_path_factory.mktemp("logs")
    with (
        (logs / "provider").open("wb") as provider_log,
        (logs / "client-demo").open("wb") as client_log,
        _process(
            [node_peers.node(), str(HERE / "oidc_provider.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=provider_log,
        ) as provider,
        _process(
            [sys.executable, "-m", "client_demo"],
            env=os.environ | _environment(site, redis_url),
            stdout=client_log,
            stderr=client_log,
        ),
        _served(_api(site), urlsplit(api).port or 0),
    ):
        told = {
            "issuer": op,
            "port": urlsplit(op).port,
            "clients": _client(site),
            "resource": api,
            "alg": "ES256",
        }
        assert provider.stdin
        assert provider.stdout
        provider.stdin.write(json.dumps(told).encode() + b"\n")
        provider.stdin.flush()
        assert provider.stdout.readline() == b"ready\n"
        _wait_for(f"{client}/readyz")
        yield site
        provider.stdin.close()
        provider.stdout.close()


def _environment(site: Site, redis_url: str) -> dict[str, str]:
    """All that client-demo is told of the provider."""
    return {
        "ENVIRONMENT": "development",
        "HOST": "127.0.0.1",
        "PORT": str(urlsplit(site.client).port),
        "WORKERS": "1",
        "REDIS_URL": redis_url,
        "CLIENT_URL": site.client,
        "ISSUER_URL": site.issuer,
        "PROVIDER_NAME": "oidc-provider",
        "CLIENT_ID": "client-demo",
        "CLIENT_SECRET": "the secret of client-demo",
        "SERVICE_CLIENT_ID": "service",
        "SERVICE_CLIENT_SECRET": "the secret of the service",
        "SCOPE": "openid profile offline_access notes:read",
        "RESOURCE_URL": site.api,
    }


@contextmanager
def _served(app: FastAPI, port: int) -> Iterator[None]:
    config = uvicorn.Config(app, port=port, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    yield
    server.should_exit = True
    thread.join(timeout=15)


class Visitor:
    """Somebody with a browser, who answers what the provider's pages ask."""

    def __init__(self, site: Site, http: httpx.AsyncClient) -> None:
        self.site = site
        places = {urlsplit(site.issuer).netloc, urlsplit(site.client).netloc}
        self.browser = Browser(http, known=places)

    async def open(self, path: str) -> Page:
        return await self.answer(await self.browser.get(f"{self.site.client}{path}"))

    async def answer(self, page: Page) -> Page:
        """Sign in, consent, confirm: until no page of the provider asks."""
        for _ in range(12):
            asked = [f for f in page.forms if urlsplit(page.url).netloc in _host(self)]
            if not asked or not asked[0].action:
                break
            fields = {"login": "alice", "password": "any", "logout": "yes"}
            page = await self.browser.send(
                page, urlsplit(asked[0].action).path, **fields
            )
        return page

    async def press(self, page: Page, action: str) -> Page:
        """A button of client-demo."""
        return await self.answer(await self.browser.send(page, action))

    async def step_by_step(self, flow: str) -> Page:
        """All the way through a flow that pauses."""
        page = await self.open(f"/sign-in?mode=steps&flow={flow}&return_to=/steps")
        link = re.search(r'href="(http[^"]+/auth[^"]+)"', page.response.text)
        assert link, page.response.text
        back = await self.answer(await self.browser.get(unescape(link[1])))
        return await self.press(back, "/callback")

    async def signed_in(self) -> bool:
        page = await self.open("/")
        return "Sign out everywhere" in page.response.text


def _host(visitor: Visitor) -> set[str]:
    return {urlsplit(visitor.site.issuer).netloc}


@pytest.fixture
async def alice(site: Site) -> Any:
    async with httpx.AsyncClient(timeout=20) as http:
        yield Visitor(site, http)


async def test_a_person_signs_in_and_calls_an_api(alice: Visitor) -> None:
    """The API accepts the provider's JWT access tokens by the library alone."""
    home = await alice.open("/sign-in")

    assert home.url == f"{alice.site.client}/", home.response.text
    notes = await alice.open("/notes")
    assert notes.response.status_code == 200, notes.response.text
    assert "Your notes" in notes.response.text
    assert "client-demo" in notes.response.text


async def test_the_menu_says_what_the_provider_offers(alice: Visitor) -> None:
    page = (await alice.open("/flows")).response.text

    # Token exchange, and nothing else.
    assert page.count("Not offered by this provider") == 1


async def test_tokens_are_refreshed(alice: Visitor) -> None:
    home = await alice.open("/sign-in")

    page = await alice.press(home, "/flows/refresh")

    assert "New tokens came" in page.response.text


async def test_a_request_is_pushed(alice: Visitor) -> None:
    page = await alice.step_by_step("par")

    assert "Pushed authorization request" in page.response.text
    assert "urn:ietf:params:oauth:request_uri:" in page.response.text
    assert await alice.signed_in()


async def test_tokens_are_bound_to_a_key_with_the_servers_nonce(
    alice: Visitor,
) -> None:
    page = await alice.step_by_step("dpop")

    assert "with the server&#39;s nonce" in page.response.text or (
        "DPoP-Nonce" in page.response.text
    )
    assert await alice.signed_in()
    refreshed = await alice.press(await alice.open("/"), "/flows/refresh")
    assert "New tokens came" in refreshed.response.text
    assert "DPoP:" in refreshed.response.text


async def test_a_device_gets_its_tokens(alice: Visitor) -> None:
    page = await alice.press(await alice.open("/flows/device"), "/flows/device")
    link = re.search(r'href="(http[^"]+user_code=[^"]+)"', page.response.text)
    assert link, page.response.text

    await alice.answer(await alice.browser.get(unescape(link[1])))

    deadline = time.monotonic() + 30
    while "this screen has its tokens" not in page.response.text:
        assert time.monotonic() < deadline, page.response.text
        page = await alice.open("/flows/device")


async def test_a_service_gets_a_token_and_the_api_takes_it(alice: Visitor) -> None:
    menu = await alice.open("/flows")

    page = await alice.press(menu, "/flows/client-credentials")

    assert "speaks for itself" in page.response.text
    assert page.response.text.count('class="status good"') == 2


async def test_silent_renewal_sees_whether_the_provider_knows_the_person(
    alice: Visitor,
) -> None:
    stranger = await alice.press(await alice.open("/flows"), "/flows/silent-renewal")
    assert stranger.response.status_code == 400
    assert "login_required" in stranger.response.text

    await alice.open("/sign-in")
    page = await alice.press(await alice.open("/flows"), "/flows/silent-renewal")

    assert page.url == f"{alice.site.client}/steps", page.response.text
    assert "prompt" in page.response.text


async def test_signing_out_everywhere_comes_back(alice: Visitor) -> None:
    home = await alice.open("/sign-in")

    page = await alice.press(home, "/sign-out-everywhere")

    assert "signed out here and at the provider" in page.response.text


async def test_a_session_ends_when_the_provider_says_so(alice: Visitor) -> None:
    """Signed out at the provider itself: it tells client-demo from behind."""
    await alice.open("/sign-in")
    assert await alice.signed_in()

    await alice.answer(await alice.browser.get(f"{alice.site.issuer}/session/end"))

    deadline = time.monotonic() + 15
    while await alice.signed_in():
        assert time.monotonic() < deadline
