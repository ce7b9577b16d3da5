"""When the issuer's keys are fetched, and when they are not (valetkey/jwks.py)."""

import asyncio

import httpx
import pytest

from tests.builders.issuer_site import IssuerSite, Ticks
from tests.builders.tokens import ISSUER, ec_jwk, rsa_jwk
from valetkey.errors import TemporarilyUnavailable
from valetkey.jwks import RemoteKeys, fresh_for

AWAY = httpx.ConnectError("away")


@pytest.fixture
def site() -> IssuerSite:
    return IssuerSite()


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def keys(site: IssuerSite, ticks: Ticks) -> RemoteKeys:
    return RemoteKeys(ISSUER, transport=site, monotonic=ticks)


async def settle(keys: RemoteKeys) -> None:
    """Wait for what was begun in the background."""
    if keys._flight is not None:
        await keys._flight


async def test_keys_are_fetched_once_and_kept(
    keys: RemoteKeys, site: IssuerSite
) -> None:
    for _ in range(3):
        assert (await keys.find("k1")) is not None

    assert site.fetches == 1


async def test_keys_are_renewed_in_the_background_ahead_of_time(
    keys: RemoteKeys, site: IssuerSite, ticks: Ticks
) -> None:
    await keys.find("k1")
    ticks.now += 241  # of 300
    site.hold = asyncio.Event()

    assert await keys.find("k1") is not None  # does not wait

    site.hold.set()
    await settle(keys)
    assert site.fetches == 2


async def test_a_key_no_longer_published_is_refused_after_max_age(
    keys: RemoteKeys, site: IssuerSite, ticks: Ticks
) -> None:
    site.headers = {"cache-control": "max-age=60"}
    site.keys = [ec_jwk(), rsa_jwk()]
    await keys.find("k1")
    site.keys = [rsa_jwk()]
    ticks.now += 60.1

    assert await keys.find("k1") is None
    assert await keys.find("k2") is not None


async def test_a_new_key_is_found_at_its_first_use(
    keys: RemoteKeys, site: IssuerSite, ticks: Ticks
) -> None:
    await keys.find("k1")
    site.keys = [ec_jwk(), rsa_jwk()]
    ticks.now += 10

    assert await keys.find("k2") is not None


async def test_where_the_issuer_is_away_old_keys_serve_a_day_and_nobody_waits(
    keys: RemoteKeys, site: IssuerSite, ticks: Ticks
) -> None:
    await keys.find("k1")
    site.answer = AWAY
    ticks.now += 301
    assert await keys.find("k1") is not None
    site.hold = asyncio.Event()

    for _ in range(100):
        ticks.now += 860
        assert await keys.find("k1") is not None

    site.hold.set()
    await settle(keys)
    ticks.now += 400 + 86_400
    with pytest.raises(TemporarilyUnavailable):
        await keys.find("k1")


async def test_keys_come_back_with_the_issuer(
    keys: RemoteKeys, site: IssuerSite, ticks: Ticks
) -> None:
    site.answer = AWAY
    with pytest.raises(TemporarilyUnavailable) as refusal:
        await keys.find("k1")
    assert refusal.value.retry_after
    assert not await keys.ready()

    site.answer = None
    ticks.now += 1

    assert await keys.find("k1") is not None


async def test_a_cold_start_asks_once_a_second(
    keys: RemoteKeys, site: IssuerSite
) -> None:
    site.answer = AWAY
    for _ in range(50):
        assert not await keys.ready()

    assert site.asked.total() == 1


async def test_keys_that_moved_are_looked_for(
    keys: RemoteKeys, site: IssuerSite, ticks: Ticks
) -> None:
    """The metadata is asked again once a fetch has failed."""
    await keys.find("k1")
    site.answer = httpx.Response(404)
    ticks.now += 301
    await keys.find("k1")
    site.answer = None
    site.metadata["jwks_uri"] = f"{ISSUER}/new/jwks"
    ticks.now += 10
    await keys.find("k1")
    await settle(keys)

    assert site.asked["id.example/new/jwks"] == 1


async def test_whoever_gives_up_waiting_does_not_end_it_for_the_others(
    keys: RemoteKeys, site: IssuerSite
) -> None:
    site.hold = asyncio.Event()
    impatient = asyncio.create_task(keys.find("k1"))
    patient = asyncio.create_task(keys.find("k1"))
    while not site.asked:
        await asyncio.sleep(0)
    impatient.cancel()
    site.hold.set()

    assert await patient is not None
    assert site.fetches == 1


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("public, max-age=600", 600),
        ("MAX-AGE=600,public", 600),
        ("max-age=1", 60),
        ("max-age=99999999", 86_400),
        ("s-maxage=600", 300),
        ("max-age=99999999999999999999", 300),
        ("no-cache", 300),
        ("", 300),
    ],
)
def test_cache_control_is_believed_between_a_minute_and_a_day(
    told: str, seconds: float
) -> None:
    assert fresh_for(told) == seconds
