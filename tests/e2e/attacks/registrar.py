"""A server on which anybody may register, as attackers use it."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.builders.sites import Site
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.refusals import refused
from tests.e2e.stores import Stores

CB = "https://rp.example/cb"
GOOD: dict[str, Any] = {"redirect_uris": [CB], "client_name": "RP"}


@dataclass
class Registrar:
    """A server on which anybody may register, and what it keeps."""

    auth: AuthorizationServer
    stores: Stores
    sector: Site
    #: What the sector's document lists now.
    listed: list[Any] = field(default_factory=list)

    async def post(
        self, body: bytes | dict[str, Any], token: str | None = None
    ) -> httpx.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.call("POST", "/oauth/register", raw, token)

    async def call(
        self, method: str, url: str, raw: bytes = b"", token: str | None = None
    ) -> httpx.Response:
        headers = {"content-type": "application/json"} if raw else {}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        return await self.auth.http().request(method, url, content=raw, headers=headers)

    async def register(self, **members: Any) -> dict[str, Any]:
        answer = await self.post({**GOOD, **members})
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def refuses(
        self, error: str, body: bytes | dict[str, Any], status: int = 400
    ) -> None:
        """It is refused, and nothing was stored."""
        before = self.stores.counts()
        refused(await self.post(body), status, error)
        assert not self.stores.changes_since(before)

    async def put(self, client: dict[str, Any], **members: Any) -> httpx.Response:
        body = {**GOOD, "client_id": client["client_id"], **members}
        return await self.call(
            "PUT",
            client["registration_client_uri"],
            json.dumps(body).encode(),
            client["registration_access_token"],
        )

    async def get(self, client: dict[str, Any], token: str | None) -> httpx.Response:
        return await self.call("GET", client["registration_client_uri"], token=token)
