"""Where a relying party publishes what the server comes to fetch."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Any

from tests.builders.sites import Site, document, site
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.stores import Stores


@dataclass
class OwnSite:
    """
    A web server of the relying party on loopback.

    Attributes:
        there: what was asked of it.
        published: what is at each path now: a picture, as bytes, or in JSON.

    """

    there: Site = field(default_factory=Site)
    published: dict[str, Any] = field(default_factory=dict)

    def publish(self, path: str, value: Any) -> str:
        """Put something at a path, or replace it; its address."""
        self.published[path] = value
        return f"http://127.0.0.1:{self.there.port}{path}"

    def asked(self, path: str) -> int:
        """How often somebody came for a path."""
        return sum(r.startswith(f"GET {path} ".encode()) for r in self.there.requests)


@asynccontextmanager
async def own_site() -> AsyncIterator[OwnSite]:
    """Serve what is published until the block is left."""
    own = OwnSite()

    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        value = own.published[request.split(b" ")[1].decode()]
        picture = isinstance(value, bytes)
        body = value if picture else json.dumps(value).encode()
        kind = "image/png" if picture else "application/json"
        await document(body, headers=(f"content-type: {kind}",))(request, writer)

    async with site(answer) as there:
        own.there = there
        yield own


def since_calling_out(auth: AuthorizationServer) -> None:
    """Let a minute have passed since the server called somebody, as it counts calls."""
    with closing(Stores(auth.settings)) as stores:
        for key in stores.keys("tries") + stores.keys("tries-wait"):
            stores.redis.delete(key)
