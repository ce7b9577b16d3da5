"""The three services as `make demo` starts them, and a person with a browser."""

import random
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from demo.folder import DemoFolder, open_folder
from demo.people_and_apps import people
from demo.processes import Supervisor
from demo.services import Services
from demo.settings import DemoSettings
from tests.builders.sites import authority
from tests.e2e.browser import Browser, Page

PERSON = "openid profile email offline_access"
_VALETKEY = Path(sys.executable).with_name("valetkey")


@dataclass(frozen=True)
class Stack:
    """Auth, resource and client-demo, each a process on a port of its own."""

    settings: DemoSettings
    folder: DemoFolder
    services: Services
    supervisor: Supervisor
    #: Ports of this computer that our server may call (`OUTBOUND_LOOPBACK_PORTS`), for
    #: the servers of tests; `pop()` one that nobody else will use.
    called_ports: list[int]
    #: For a server at https://localhost that ours believes.
    tls: ssl.SSLContext

    @property
    def issuer(self) -> str:
        return self.settings.issuer

    @property
    def metadata(self) -> dict[str, Any]:
        """What the authorization server says of itself."""
        answer = httpx.get(f"{self.issuer}/.well-known/openid-configuration")
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def password(self, username: str) -> str:
        """What somebody of the demo types to sign in."""
        return {p["username"]: p["password"] for p in people(self.folder)}[username]

    def add(self, **wanted: list[dict[str, Any]]) -> None:
        """
        Provision `clients` and `resources`, as an operator does from a file.

        The server remembers for seconds which resources there are; wait that long.
        """
        file = self.folder.write_private("more.json", wanted)
        self.supervisor.start(
            "provision",
            [_VALETKEY, "provision", file],
            log=self.folder.log("provision"),
            env=self.services.auth.env,
        ).succeed(seconds=30)
        file.unlink()
        scopes = {
            name for each in wanted.get("resources", ()) for name in each["scopes"]
        }
        deadline = time.monotonic() + 30
        while not scopes.issubset(self.metadata["scopes_supported"]):
            assert time.monotonic() < deadline, "the server does not see it"
            time.sleep(0.1)

    def needs(self, member: str, value: object = None) -> None:
        """Skip the test, with the reason, while the server does not offer this."""
        offered = self.metadata.get(member)
        lacks = value is not None and value not in (offered or ())
        if not offered or lacks:
            pytest.skip(f"{member} does not offer {value or 'anything'} here")


def start(folder: Path, database_url: str, redis_url: str) -> Iterator[Stack]:
    """The services, until the generator is closed."""
    names = ("AUTH_PORT", "RESOURCE_PORT", "CLIENT_DEMO_PORT")
    *called, one, two, three = free_ports(11)
    ports = dict(zip(names, map(str, (one, two, three)), strict=True))
    settings = DemoSettings.load({**ports, "VALETKEY_DEMO_DIR": str(folder)})
    with open_folder(folder) as opened, Supervisor(patience=5) as supervisor:
        services = Services.of(
            settings, opened, database_url=database_url, redis_url=redis_url
        )
        env = {
            "REGISTRATION": "open",
            "CLIENT_ID_METADATA_DOCUMENTS": "true",
            "OUTBOUND_LOOPBACK_PORTS": ",".join(map(str, (*called, three))),
            "SSL_CERT_FILE": str(opened.path / "site.pem"),
        }
        tls = authority(opened.path, "localhost").server
        auth = replace(services.auth, env={**services.auth.env, **env})
        services = replace(services, auth=auth)
        services.prepare(settings, opened)
        services.start(supervisor, opened)
        yield Stack(settings, opened, services, supervisor, called, tls)


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody uses, below those that connections draw from."""
    found: list[int] = []
    while len(found) < count:
        port = random.randint(12_000, 29_999)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found += [port] * (port not in found)
    return found


def client(client_id: str, **changes: Any) -> dict[str, Any]:
    """A confidential web app, as a provisioning file writes it."""
    return {
        "client_id": client_id,
        "client_secret": f"{client_id}-secret-of-the-tests",
        "client_name": client_id,
        "token_endpoint_auth_method": "client_secret_basic",
        "redirect_uris": ["http://127.0.0.1:9500/cb"],
        "post_logout_redirect_uris": ["http://127.0.0.1:9500/bye"],
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": f"{PERSON} notes:read",
        **changes,
    }


class Person:
    """
    Somebody who signs in, allows and signs out as the pages ask.

    Args:
        stack: where alice has an account.
        known: hosts, beside the issuer's, whose redirects her browser follows.

    """

    def __init__(self, stack: Stack, http: httpx.AsyncClient, *known: str) -> None:
        self.password = stack.password("alice")
        #: What she fills in, by the path that the form is sent to.
        self.answers = {
            "/login": {"identifier": "alice", "password": self.password},
            "/consent": {"action": "allow"},
            "/oauth/logout/confirm": {"action": "sign_out"},
        }
        places = {urlsplit(stack.issuer).netloc, *known}
        self.browser = Browser(http, known=places)
        #: The forms that she sent, by their paths.
        self.seen: list[str] = []

    async def visit(self, url: str) -> Page:
        """Open an address and answer what our pages ask; where that ended."""
        page = await self.browser.get(url)
        for _ in range(6):
            paths = {urlsplit(form.action).path for form in page.forms}
            path = next(iter(paths & self.answers.keys()), None)
            if path is None:
                break
            self.seen.append(path)
            page = await self.browser.send(page, path, **self.answers[path])
        assert page.response.status_code < 400, page.response.text
        return page
