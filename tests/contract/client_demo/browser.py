"""A browser at the demo application: its cookies, its forms, its way to sign in."""

import re
from dataclasses import dataclass, field
from html import unescape

import httpx
from fastapi import FastAPI

from tests.contract.client_demo.peer import Peer, query

ORIGIN = "https://client.example"


@dataclass
class Browser:
    """One cookie jar; `app` may be changed to come to another process."""

    app: FastAPI
    peer: Peer
    jar: httpx.Cookies = field(default_factory=httpx.Cookies)

    async def send(self, method: str, path: str, **options: object) -> httpx.Response:
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url=ORIGIN, cookies=self.jar
        )
        async with client:
            answer = await client.request(method, path, **options)
        self.jar = client.cookies
        return answer

    async def get(self, path: str, **options: object) -> httpx.Response:
        return await self.send("GET", path, **options)

    async def post(self, path: str, /, **fields: str) -> httpx.Response:
        """Send a form as a browser does from our own page."""
        return await self.send(
            "POST", path, data=fields, headers={"sec-fetch-site": "same-origin"}
        )

    async def submit(self, path: str, /, **fields: str) -> httpx.Response:
        """Send a form of the session, with the token that its pages hold."""
        return await self.post(path, csrf_token=await self.csrf_token(), **fields)

    async def csrf_token(self) -> str:
        page = (await self.get("/")).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found
        return unescape(found[1])

    async def begin(self, path: str = "/sign-in") -> str:
        """Press the button; the URL that the application sends us to."""
        answer = await self.get(path)
        assert answer.status_code == 303
        return answer.headers["location"]

    async def arrive(self, parameters: dict[str, str]) -> httpx.Response:
        return await self.get(f"/callback?{query(parameters)}")

    async def sign_in(self, path: str = "/sign-in") -> httpx.Response:
        """All the way; the answer to the callback."""
        return await self.arrive(self.peer.sign_in(await self.begin(path)))

    async def is_signed_in(self) -> bool:
        return "csrf_token" in (await self.get("/")).text
