"""Attacks on the way that a resource server gets its keys (attacks, 1.14)."""

import asyncio
import json

import httpx
import pytest

from tests.builders.issuer_site import IssuerSite, Ticks
from tests.builders.tokens import AUDIENCE, ISSUER, NOW, ec_jwk, header, rsa_jwk, token
from valetkey import ResourceServer
from valetkey.errors import TemporarilyUnavailable
from valetkey.jwks import RemoteKeys, verify_with
from valetkey.jwt_verification import Expectation, UnknownKey

EXPECTATION = Expectation.access_token(issuer=ISSUER, audience=AUDIENCE)


@pytest.fixture
def site() -> IssuerSite:
    return IssuerSite()


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def keys(site: IssuerSite, ticks: Ticks) -> RemoteKeys:
    return RemoteKeys(ISSUER, transport=site, monotonic=ticks)


async def check_good(keys: RemoteKeys) -> None:
    claims = await verify_with(keys, token(), EXPECTATION, now=NOW)
    assert claims["sub"] == "alice"


async def test_JK01_unknown_kids_cause_one_fetch_in_ten_seconds(
    keys: RemoteKeys, site: IssuerSite, ticks: Ticks
) -> None:
    await check_good(keys)
    before = site.fetches

    for second in range(60):
        ticks.now += 1
        for each in range(50):
            unknown = token(head=header(kid=f"{second}-{each}"))
            with pytest.raises(UnknownKey):
                await verify_with(keys, unknown, EXPECTATION, now=NOW)
        await check_good(keys)

    assert site.fetches - before == 6


async def test_JK02_five_hundred_at_a_cold_cache_cause_one_fetch(
    keys: RemoteKeys, site: IssuerSite
) -> None:
    site.hold = asyncio.Event()
    waiting = [asyncio.create_task(check_good(keys)) for _ in range(500)]
    while not site.asked:
        await asyncio.sleep(0)
    site.hold.set()
    await asyncio.gather(*waiting)

    assert site.fetches == 1


class Endless(httpx.AsyncByteStream):
    """A body of 10 MiB; `sent` says how much of it somebody took."""

    def __init__(self) -> None:
        self.sent = 0

    async def __aiter__(self):
        while self.sent < 10 * 2**20:
            self.sent += 16 * 1024
            yield b" " * (16 * 1024)


EVIL = {"keys": [ec_jwk(kid="evil")]}
BAD_ANSWERS = {
    "down": httpx.ConnectError("refused"),
    "slow": httpx.ReadTimeout("slow"),
    "broken": httpx.RemoteProtocolError("broken"),
    "status 500": httpx.Response(500, json=EVIL),
    "status 404": httpx.Response(404, json=EVIL),
    "redirected": httpx.Response(
        302, json=EVIL, headers={"location": "https://evil.example/"}
    ),
    "HTML": httpx.Response(200, html="<!doctype html><p>Sign in to the Wi-Fi</p>"),
    "no keys": httpx.Response(200, json={"keys": []}),
    "only bad keys": httpx.Response(200, json={"keys": [{"kty": "oct", "k": "AA"}]}),
    "a list": httpx.Response(200, json=[ec_jwk(kid="evil")]),
    "not UTF-8": httpx.Response(200, content=b'{"keys":"\xff"}'),
    "deep": httpx.Response(200, content=b"[" * 60_000),
    "empty": httpx.Response(200, content=b""),
    "too long": httpx.Response(200, content=b" " * 65_537),
    "compressed": httpx.Response(
        200, content=json.dumps({"keys": []}), headers={"content-encoding": "br"}
    ),
}


@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
async def test_JK03_cached_keys_outlive_a_bad_answer(
    keys: RemoteKeys,
    site: IssuerSite,
    ticks: Ticks,
    answer: httpx.Response | httpx.TransportError,
) -> None:
    await check_good(keys)
    site.answer = answer

    for _ in range(23):
        ticks.now += 3600
        await check_good(keys)
    assert keys._flight is not None
    await keys._flight

    assert {path.partition("/")[0] for path in site.asked} == {"id.example"}


async def test_JK03_no_more_than_64_kib_are_read() -> None:
    body = Endless()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=body))

    with pytest.raises(TemporarilyUnavailable):
        await RemoteKeys(ISSUER, transport=transport).find("k1")

    assert body.sent <= 96 * 1024


async def test_JK03_F32_an_issuer_that_hangs_is_given_up(
    monkeypatch: pytest.MonkeyPatch, keys: RemoteKeys, site: IssuerSite
) -> None:
    """Accepts, and never answers: three seconds in all, fewer here."""
    monkeypatch.setattr("valetkey.fetch.TIME_LIMIT", 0.01)
    site.hold = asyncio.Event()

    with pytest.raises(TemporarilyUnavailable):
        await check_good(keys)


@pytest.mark.parametrize(
    "issuer",
    [
        "file:///etc/passwd",
        "data:application/json,{}",
        "ftp://id.example",
        "http://id.example",
        "https://user@id.example",
        "https://id.example#x",
        "id.example",
        "https://",
        "",
    ],
)
def test_JK05_an_issuer_that_is_not_https_cannot_be_configured(issuer: str) -> None:
    with pytest.raises(ValueError, match=r"URL|https"):
        ResourceServer(issuer=issuer, audience=AUDIENCE)


@pytest.mark.parametrize("issuer", ["http://localhost:9000", "http://127.0.0.1:9000"])
def test_an_issuer_on_loopback_may_be_http(issuer: str) -> None:
    ResourceServer(issuer=issuer, audience=AUDIENCE)


@pytest.mark.parametrize(
    "entry",
    [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "bad", "alg": "HS256"},
        rsa_jwk(kid="k1"),
        rsa_jwk(kid="bad", n="AA"),
        rsa_jwk(kid="bad", n="!"),
        ec_jwk(kid="bad", use="enc"),
        "bad",
    ],
)
async def test_JK06_bad_entries_do_not_stop_the_others(
    keys: RemoteKeys, site: IssuerSite, entry: object
) -> None:
    """The first key of a name counts, so a later one cannot take its place."""
    site.keys = [ec_jwk(), entry]

    await check_good(keys)
    assert await keys.find("bad") is None


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "https://evil.example"},
        {"jwks_uri": "https://evil.example/jwks"},
        {"jwks_uri": "http://id.example/oauth/jwks"},
        {"jwks_uri": None},
    ],
)
async def test_JK11_a_lying_document_gives_no_keys(
    keys: RemoteKeys, site: IssuerSite, lie: dict[str, str]
) -> None:
    site.metadata |= lie

    with pytest.raises(TemporarilyUnavailable):
        await check_good(keys)

    assert site.fetches == 0
