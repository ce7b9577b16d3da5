"""Discovery under load: one question for all who wait."""

import asyncio

import pytest

from client_demo.discovery import Discovery
from client_demo.errors import ProviderUnavailable
from valetkey.discovery import ServerMetadata
from valetkey.fetch import Unfetchable


async def test_everybody_who_waits_shares_one_failure() -> None:
    """Or a provider that hangs makes the tenth visitor wait for ten timeouts."""
    calls = 0
    answer = asyncio.Event()

    async def hang() -> ServerMetadata:
        nonlocal calls
        calls += 1
        await answer.wait()
        raise Unfetchable("no answer in time")

    discovery = Discovery(discover=hang)
    waiting = [asyncio.create_task(discovery.metadata()) for _ in range(10)]
    while calls == 0:
        await asyncio.sleep(0)
    answer.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(result) for result in results] == [ProviderUnavailable] * 10
    assert calls == 1
    with pytest.raises(ProviderUnavailable):
        await discovery.metadata()
    assert calls == 2
