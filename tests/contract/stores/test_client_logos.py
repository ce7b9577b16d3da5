"""Logos of apps: fetched in the background, by real sockets into a real database."""

import struct
import zlib
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.flows.fetch_logos import MAX_LOGO, FetchLogos
from auth_service.imaging.pictures import PillowPictures
from auth_service.outbound.fetcher import SafeFetcher
from auth_service.outbound.governor import Governor
from auth_service.protocol.throttle import Throttle
from auth_service.storage.postgres.client_logos import PostgresLogos
from auth_service.storage.postgres.clients import PostgresClients
from tests.builders.sites import Answer, document, site
from tests.contract.stores.values import new_client


class Unbounded:
    """`Attempts` of somebody who may try as often as they like."""

    async def reserve(self, key: str, throttle: Throttle) -> int:
        return 0

    async def forget(self, key: str) -> None: ...

    async def give_back(self, key: str) -> None: ...


@pytest.fixture
async def logos(engine: AsyncEngine) -> PostgresLogos:
    """Where no logo is due yet."""
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM auth.client_logos"))
        await connection.execute(
            text("UPDATE auth.clients SET metadata = metadata - 'logo_uri'")
        )
    return PostgresLogos(engine)


def fetching(logos: PostgresLogos, *ports: int) -> FetchLogos:
    outbound = SafeFetcher(
        governor=Governor(Unbounded()), loopback_ports=frozenset(ports)
    )
    return FetchLogos(logos=logos, outbound=outbound, pictures=PillowPictures())


def png(width: int = 64, height: int = 64) -> bytes:
    picture = BytesIO()
    Image.new("RGB", (width, height), "teal").save(picture, "PNG")
    return picture.getvalue()


def bomb() -> bytes:
    """A PNG that says that it is 20,000 pixels wide and high."""
    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    crc = struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + crc


async def test_a_logo_is_fetched_once_and_shown_as_ours(
    logos: PostgresLogos, engine: AsyncEngine
) -> None:
    clients = PostgresClients(engine)
    async with site(document(png())) as there:
        uri = f"http://localhost:{there.port}/logo.png"
        client = new_client(logo_uri=uri)
        await clients.put(client)
        before = await clients.find(client.client_id)
        assert await fetching(logos, there.port).fetch() == 1
        assert await fetching(logos, there.port).fetch() == 0
    found = await clients.find(client.client_id)

    assert before is not None
    assert before.logo is None
    assert found is not None
    assert found.logo_id is not None
    assert found.logo == f"/logos/{found.logo_id}.webp"
    kept = await logos.find(found.logo_id)
    assert kept is not None
    with Image.open(BytesIO(kept)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (512, 512))
    assert len(there.requests) == 1
    # Another address is another logo: until it is here there is none.
    await clients.put(replace(found, logo_uri=f"{uri}?2"))
    changed = await clients.find(client.client_id)
    assert changed is not None
    assert changed.logo is None


@pytest.mark.parametrize(
    "answer",
    [
        document(b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        document(bomb()),
        document(png()[:60]),
        document(png() + bytes(MAX_LOGO)),
        document(b"", status="302 Found", headers=("location: http://[::1]/",)),
        document(png(), status="404 Not Found"),
    ],
    ids=["svg", "bomb", "truncated", "too long", "redirect", "not found"],
)
async def test_CN08_what_is_no_picture_of_ours_is_not_shown_nor_asked_for_again(
    logos: PostgresLogos, engine: AsyncEngine, answer: Answer
) -> None:
    async with site(answer) as there:
        client = new_client(logo_uri=f"http://localhost:{there.port}/logo")
        await PostgresClients(engine).put(client)
        assert await fetching(logos, there.port).fetch() == 1
        assert await fetching(logos, there.port).fetch() == 0
    found = await PostgresClients(engine).find(client.client_id)

    assert found is not None
    assert found.logo is None
    assert there.connections == 1


async def test_CN08_a_private_address_is_not_called(
    logos: PostgresLogos, engine: AsyncEngine
) -> None:
    async with site(document(png())) as there:
        client = new_client(logo_uri=f"http://localhost:{there.port}/logo")
        await PostgresClients(engine).put(client)
        assert await fetching(logos).fetch() == 1

    assert there.connections == 0
    for uri in ("javascript:alert(1)", "data:image/png;base64,AA", "http://a.example/"):
        await PostgresClients(engine).put(replace(client, logo_uri=uri))
        assert await fetching(logos).fetch() == 1


async def test_one_worker_fetches_a_logo(
    logos: PostgresLogos, engine: AsyncEngine
) -> None:
    client = new_client(logo_uri="https://rp.example/logo")
    await PostgresClients(engine).put(client)

    taken = [await logos.take() for _ in range(2)]

    assert [due.client_id if due else None for due in taken] == [client.client_id, None]


async def test_a_failed_refresh_leaves_the_logo_that_there_is(
    logos: PostgresLogos, engine: AsyncEngine
) -> None:
    client = new_client(logo_uri="https://rp.example/logo")
    await PostgresClients(engine).put(client)
    due = await logos.take()
    assert due is not None
    await logos.put(due, b"webp", again=timedelta(0))

    again = await logos.take()
    assert again == due
    await logos.put(again, None, again=timedelta(days=1))

    found = await PostgresClients(engine).find(client.client_id)
    assert found is not None
    assert found.logo is not None
