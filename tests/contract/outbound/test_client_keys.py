"""Keys behind a client's jwks_uri, fetched from a real server on loopback."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from auth_service.outbound.client_keys import PAUSE, STALE_IF_ERROR, RegisteredKeys
from auth_service.outbound.fetcher import SafeFetcher
from auth_service.outbound.governor import Governor
from auth_service.protocol.client import Client
from auth_service.protocol.throttle import Throttle
from tests.builders.client_keys import ClientKey
from tests.builders.issuer_site import Ticks
from tests.builders.protocol import client
from tests.builders.sites import Site, site
from valetkey.jwk import VerificationKey
from valetkey.thumbprint import thumbprint

OLD, NEW = ClientKey(kid="old"), ClientKey(kid="new")


class Unbounded:
    """`Attempts` of somebody who may try as often as they like."""

    async def reserve(self, key: str, throttle: Throttle) -> int:
        return 0

    async def forget(self, key: str) -> None: ...

    async def give_back(self, key: str) -> None: ...


class Full(Unbounded):
    """`Attempts` of somebody who has tried too often."""

    async def reserve(self, key: str, throttle: Throttle) -> int:
        return 5


class World:
    """A client, where its keys are, and who fetches them."""

    def __init__(self) -> None:
        self.document: Any = OLD.jwks
        self.status = "200 OK"
        self.cache_control = "max-age=300"
        self.hold: asyncio.Event | None = None
        self.ticks = Ticks()
        self.site: Site
        self.client: Client
        self.keys: RegisteredKeys

    async def answer(self, _: bytes, writer: asyncio.StreamWriter) -> None:
        if self.hold is not None:
            await self.hold.wait()
        body = json.dumps(self.document).encode()
        head = [
            f"HTTP/1.1 {self.status}",
            f"content-length: {len(body)}",
            f"cache-control: {self.cache_control}",
        ]
        writer.write("\r\n".join([*head, "", ""]).encode() + body)

    async def find(self, kid: str | None = "old") -> VerificationKey | None:
        return await self.keys.find(self.client, kid, "ES256")

    @property
    def fetches(self) -> int:
        return len(self.site.requests)


@asynccontextmanager
async def world(attempts: Unbounded | None = None) -> AsyncIterator[World]:
    here = World()
    async with site(here.answer) as here.site:
        port = here.site.port
        outbound = SafeFetcher(
            governor=Governor(attempts or Unbounded()),
            loopback_ports=frozenset({port}),
        )
        here.client = client(jwks_uri=f"http://127.0.0.1:{port}/jwks")
        here.keys = RegisteredKeys(outbound, monotonic=here.ticks)
        yield here


async def test_keys_in_place_are_not_fetched() -> None:
    async with world() as here:
        here.client = client(jwks=NEW.jwks)
        assert await here.find("new") is not None
        assert await here.find("old") is None
        assert await here.keys.has(here.client, thumbprint(NEW.jwk))
        assert not await here.keys.has(here.client, thumbprint(OLD.jwk))
        here.client = client()
        assert await here.find() is None
        assert here.fetches == 0


async def test_keys_are_fetched_once_and_kept_for_their_time() -> None:
    async with world() as here:
        for _ in range(3):
            assert await here.find() is not None
        assert here.fetches == 1
        here.ticks.now += 299
        await here.find()
        assert here.fetches == 1
        here.ticks.now += 2
        assert await here.find() is not None
        assert here.fetches == 2


async def test_no_cache_control_keeps_them_too_shortly_or_too_long() -> None:
    for told, kept, gone in (("max-age=0", 59, 61), ("max-age=999999", 3599, 3601)):
        async with world() as here:
            here.cache_control = told
            await here.find()
            here.ticks.now += kept
            await here.find()
            assert here.fetches == 1
            here.ticks.now += gone - kept
            await here.find()
            assert here.fetches == 2


async def test_of_many_at_once_one_fetches() -> None:
    async with world() as here:
        here.hold = asyncio.Event()
        waiting = [asyncio.create_task(here.find()) for _ in range(20)]
        while not here.site.requests:
            await asyncio.sleep(0)
        here.hold.set()
        assert all(await asyncio.gather(*waiting))
        assert here.fetches == 1


async def test_who_gives_up_does_not_end_the_fetch_for_the_others() -> None:
    async with world() as here:
        here.hold = asyncio.Event()
        impatient, patient = (asyncio.create_task(here.find()) for _ in range(2))
        while not here.site.requests:
            await asyncio.sleep(0)
        impatient.cancel()
        here.hold.set()
        assert await patient is not None
        assert here.fetches == 1


async def test_an_unknown_kid_fetches_once_in_a_pause() -> None:
    async with world() as here:
        await here.find()
        here.document = NEW.jwks
        here.ticks.now += PAUSE + 1
        assert await here.find("new") is not None
        for _ in range(5):
            assert await here.find("guessed") is None
        assert here.fetches == 2
        here.ticks.now += PAUSE + 1
        assert await here.find("guessed") is None
        assert here.fetches == 3


async def test_a_failure_is_not_kept_and_old_keys_serve_on_for_a_while() -> None:
    async with world() as here:
        here.status = "500 Oh"
        assert await here.find() is None
        here.status = "200 OK"
        assert await here.find() is None  # within the pause
        here.ticks.now += PAUSE + 1
        assert await here.find() is not None

        for status, document in (
            ("500 Oh", OLD.jwks),
            ("302 Elsewhere", OLD.jwks),
            ("200 OK", {"keys": []}),
            ("200 OK", []),
            ("200 OK", None),
        ):
            here.status, here.document = status, document
            here.ticks.now += 301
            assert await here.find() is not None
        here.ticks.now += STALE_IF_ERROR
        assert await here.find() is None


async def test_whoever_asks_too_often_has_no_new_keys() -> None:
    async with world(Full()) as here:
        assert await here.find() is None
        assert here.fetches == 0


async def test_an_address_that_is_not_public_is_not_called() -> None:
    async with world() as here:
        other = client(jwks_uri=f"http://127.0.0.1:{here.site.port + 1}/jwks")
        assert await here.keys.find(other, "old", "ES256") is None
        for url in ("http://10.0.0.1/jwks", "https://169.254.169.254/", "ftp://x/"):
            other = client(jwks_uri=url)
            assert await here.keys.find(other, "old", "ES256") is None
        assert here.fetches == 0
