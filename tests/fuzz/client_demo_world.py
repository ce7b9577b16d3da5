"""client-demo between a provider that answers anything and a browser of ours."""

import itertools
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from html import unescape
from uuid import uuid4

import httpx
import jwt
from fastapi import FastAPI

from client_demo.web.cookies import RUNS, SESSION
from tests.contract.client_demo.browser import Browser
from tests.contract.client_demo.peer import CLIENT_ID, CLIENT_SECRET, Peer
from tests.fuzz.asgi import Answer, send
from tests.fuzz.requests import Request, fill_in


@dataclass
class Between(httpx.AsyncBaseTransport):
    """The network; where `instead` names a path, the answer is another one."""

    peer: Peer
    instead: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        other = self.instead.get(request.url.path)
        if other is None:
            try:
                return await self.peer.transport().handle_async_request(request)
            except KeyError:  # a note, or a field, that the peer does not know
                other = 404, b""
        status, body = other
        return httpx.Response(status, stream=httpx.ByteStream(body))


class World:
    """The application, its provider, and a browser in which somebody is signed in."""

    def __init__(self, app: FastAPI, network: Between) -> None:
        self.app = app
        self.network = network
        self.peer = network.peer
        self.browser = Browser(app, self.peer)
        self.flow = ""
        self.code = ""
        self._given: Counter[str] = Counter()
        self._places = itertools.cycle(
            ("/notes", "//evil.example", "%2F%5Cevil.example")
        )

    async def give(self, kind: str) -> str:
        """A value of the signed-in browser's, or of a sign-in that was just begun."""
        match kind:
            case "session" | "csrf":
                self._given[kind] += 1
                if self._given["session"] % 10 == 1 and kind == "session":
                    await self.sign_in()
                if kind == "csrf":
                    return await self._csrf()
                return self.browser.jar[SESSION]
            case "state":
                return await self._begin(f"/sign-in?return_to={next(self._places)}")
            case "paused":
                state = await self._begin("/sign-in?mode=steps")
                await self.browser.arrive({"state": state, **self._answer})
                return state
            case "code":
                return self.code
            case "runs":
                await self.sign_in()
                await self.browser.submit("/flows/device")
                return self.browser.jar[RUNS]
            case "logout":
                return self.logout_token(sub="somebody else")
        return self.flow

    async def sign_in(self) -> None:
        """Make sure that somebody is."""
        self.network.instead = {}
        if not await self.browser.is_signed_in():
            await self.browser.sign_in()

    @property
    def _answer(self) -> dict[str, str]:
        return {"code": self.code, "iss": self.peer.issuer}

    async def _csrf(self) -> str:
        await self.sign_in()
        return await self.browser.csrf_token()

    async def _begin(self, path: str) -> str:
        """Begin a sign-in; the state, with code and cookies kept beside it."""
        answer = await self.browser.get(path)
        cookies = [c for c in self.browser.jar.jar if "flow" in c.name]
        self.flow = "; ".join(f"{c.name}={c.value}" for c in cookies)
        url = answer.headers.get("location")
        if url is None:
            url = next(iter(_links(answer.text)))
        brought = self.peer.sign_in(url)
        self.code = brought["code"]
        return brought["state"]

    def logout_token(self, **claims: object) -> str:
        """As the provider says that a session ended, with any claims."""
        now = int(self.peer.clock.now().timestamp())
        told = {
            "iss": self.peer.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 120,
            "jti": uuid4().hex,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            "sid": "nobody's",
            **claims,
        }
        payload = json.dumps(told).replace("Infinity", "1e999").encode()
        header = {"kid": "k1", "typ": "logout+jwt"}
        return jwt.PyJWS().encode(payload, self.peer.key, "ES256", header)

    async def send(self, request: Request) -> Answer:
        """Send a request."""
        sent = await fill_in(request, self.give, host="client.example", ip="198.18.0.1")
        return await send(self.app, sent)

    def secrets(self) -> set[str]:
        """What no page may show: what the provider gave, and our own secret."""
        given = {text for text in self.peer.secrets_given[-60:] if "." not in text}
        return {CLIENT_SECRET, *given}


def _links(html: str) -> list[str]:
    return [unescape(url) for url in re.findall(r'href="(https://op[^"]+)"', html)]
