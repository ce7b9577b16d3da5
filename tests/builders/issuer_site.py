"""An issuer's public documents, as its network shows them: up, down, slow or lying."""

import asyncio
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl

import httpx

from tests.builders.tokens import ISSUER, ec_jwk


class IssuerSite(httpx.AsyncBaseTransport):
    """
    Answers for the issuer, and counts what it was asked.

    Attributes:
        keys: what the JWK Set has now.
        metadata: what the discovery document says now.
        inactive: tokens that its introspection endpoint calls inactive.
        answer: a response to every request, in place of the documents.
        requests: what it was sent.
        hold: requests wait until it is set.

    """

    def __init__(self) -> None:
        self.keys: list[Any] = [ec_jwk()]
        self.metadata: dict[str, Any] = {
            "issuer": ISSUER,
            "jwks_uri": f"{ISSUER}/oauth/jwks",
            "token_endpoint": f"{ISSUER}/oauth/token",
            "introspection_endpoint": f"{ISSUER}/oauth/introspect",
        }
        self.inactive: set[str] = set()
        self.requests: list[httpx.Request] = []
        self.headers = {"cache-control": "public, max-age=300"}
        self.answer: httpx.Response | httpx.TransportError | None = None
        self.hold: asyncio.Event | None = None
        self.asked: Counter[str] = Counter()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked[f"{request.url.host}{request.url.path}"] += 1
        self.requests.append(request)
        if self.hold is not None:
            await self.hold.wait()
        if isinstance(self.answer, httpx.Response):
            return httpx.Response(
                self.answer.status_code,
                headers=self.answer.headers,
                content=self.answer.content,
            )
        if self.answer is not None:
            raise self.answer
        if request.url.path.startswith("/.well-known/"):
            return httpx.Response(200, json=self.metadata)
        if request.url.path.endswith("/introspect"):
            form = dict(parse_qsl((await request.aread()).decode()))
            active = form["token"] not in self.inactive
            return httpx.Response(200, json={"active": active})
        return httpx.Response(200, json={"keys": self.keys}, headers=self.headers)

    @property
    def introspections(self) -> int:
        """How often somebody asked about a token."""
        return self.asked[f"{httpx.URL(ISSUER).host}/oauth/introspect"]

    @property
    def fetches(self) -> int:
        """How often somebody asked for the keys."""
        return sum(n for path, n in self.asked.items() if path.endswith("/jwks"))


class Ticks:
    """Seconds that only a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
