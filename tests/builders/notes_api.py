"""The resource service, in this process, on a database of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from resource_service.app import build_app
from resource_service.settings import Settings
from tests.builders.tokens import AUDIENCE, ISSUER
from valetkey.introspection import Introspection
from valetkey.testing import TestIssuer

BOTH = ("notes:read", "notes:write")


@dataclass(frozen=True)
class NotesApi:
    """What a test needs of it: a way to call it, and tokens that it takes."""

    client: httpx.AsyncClient
    issuer: TestIssuer

    async def call(
        self, method: str, path: str, sub: str = "alice", **options: Any
    ) -> httpx.Response:
        """Call as a person with both scopes."""
        headers = self.bearer(sub=sub, scopes=BOTH) | options.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **options)

    def bearer(self, **token: Any) -> dict[str, str]:
        return {"authorization": f"Bearer {self.issuer.token(**token)}"}


def settings(database_url: str, **changed: str) -> Settings:
    """As `make demo` sets them, for the names that tests use."""
    return Settings.load(
        {
            "ENVIRONMENT": "development",
            "RESOURCE_URL": AUDIENCE,
            "ISSUER_URL": ISSUER,
            "DATABASE_URL": database_url,
            **changed,
        }
    )


@asynccontextmanager
async def notes_api(
    database_url: str, *, introspection: Introspection | None = None, **changed: str
) -> AsyncIterator[NotesApi]:
    """Run it; unforeseen errors are answers here, as they are to a client."""
    told = settings(database_url, **changed)
    issuer = TestIssuer(told.issuer_url, AUDIENCE)
    app = build_app(told, keys=issuer, introspection=introspection)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=AUDIENCE) as client,
    ):
        yield NotesApi(client, issuer)
