"""The authorization server in this process, on real stores, and ways to use it."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

from auth_service.app import create_app
from auth_service.provision import Provision
from auth_service.settings import Settings
from auth_service.storage.postgres.engine import connect
from auth_service.storage.postgres.migrate import migrate
from tests.builders import auth as builder
from tests.e2e.browser import Browser, Page
from tests.e2e.hearing import HearingTransport

_addresses = itertools.count(1)


class AuthorizationServer:
    """One running application; `http()` and `browser()` come from new addresses."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.issuer = settings.issuer_url

    def http(self, ip: str | None = None) -> httpx.AsyncClient:
        """A client of its own address, so that no test meets another's throttle."""
        n = next(_addresses)
        address = ip or f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"
        transport = HearingTransport(self.app, client=(address, 40000))
        return httpx.AsyncClient(transport=transport, base_url=self.issuer)

    def browser(self, ip: str | None = None) -> Browser:
        """A browser that nobody has used yet."""
        return Browser(self.http(ip), known={httpx.URL(self.issuer).netloc.decode()})

    async def authorize(self, browser: Browser, **changes: str | None) -> Page:
        """Send the browser here as an app does."""
        parameters = builder.authorize_parameters(**changes)
        return await browser.get(f"{self.issuer}/oauth/authorize", **parameters)

    async def sign_in(self, browser: Browser, page: Page, name: str = "alice") -> Page:
        """Fill in the login page."""
        return await browser.send(
            page, "/login", identifier=name, password=builder.PASSWORDS[name]
        )

    async def code(
        self, browser: Browser | None = None, name: str = "alice", **changes: str | None
    ) -> str:
        """A fresh code: whatever pages come are answered with yes."""
        browser = browser or self.browser()
        page = await self.authorize(browser, **changes)
        if page.url.startswith(f"{self.issuer}/login"):
            page = await self.sign_in(browser, page, name)
        if page.url.startswith(f"{self.issuer}/consent"):
            page = await browser.send(page, "/consent", action="allow")
        return page.query["code"]

    async def token(
        self,
        parameters: dict[str, str],
        *,
        client_id: str | None = "web-app",
        http: httpx.AsyncClient | None = None,
    ) -> httpx.Response:
        """Call the token endpoint, with Basic unless client_id is None."""
        auth = (client_id, builder.SECRETS[client_id]) if client_id else None
        return await (http or self.http()).post(
            "/oauth/token", data=parameters, auth=auth or httpx.USE_CLIENT_DEFAULT
        )

    async def tokens(
        self, browser: Browser | None = None, name: str = "alice", **changes: str | None
    ) -> dict[str, Any]:
        """The tokens of a whole flow of web-app."""
        code = await self.code(browser, name, **changes)
        answer = await self.token(builder.token_parameters(code))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def refresh(self, refresh_token: str, **more: str) -> httpx.Response:
        """Present a refresh token as web-app."""
        return await self.token(
            {"grant_type": "refresh_token", "refresh_token": refresh_token, **more}
        )

    async def introspect(self, token: str, client_id: str = "notes-api") -> Any:
        """What the API hears about a token."""
        answer = await self.http().post(
            "/oauth/introspect",
            data={"token": token},
            auth=(client_id, builder.SECRETS[client_id]),
        )
        return answer.json()


@asynccontextmanager
async def running(
    database_url: str, redis_url: str, **changes: str
) -> AsyncIterator[AuthorizationServer]:
    """Migrate, provision and start an authorization server."""
    environment = builder.environment(database_url, redis_url, **changes)
    settings = Settings.load(environment)
    migrate(database_url)
    engine = connect(database_url)
    await Provision(engine).run(builder.provisioned())
    await engine.dispose()
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        server = AuthorizationServer(app, settings)
        while (await server.http().get("/readyz")).status_code != 200:
            pass
        yield server
