"""`make bench-memory`: what a worker and Redis keep, over an hour of mixed load."""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import uvloop

from bench import results, scenarios
from bench.generator import Run, Unit, pace
from bench.processors import resident_mib
from bench.scenarios import SignedInBrowser
from bench.servers import Server
from bench.signing_in import sign_in
from bench.stores import Stores
from bench.system import prepared

#: Begun in a second: visits of a person, and tokens for services.
VISITS, SERVICES = 10.0, 40.0
SAMPLES = 120


async def main(seconds: int) -> None:
    """Load it evenly, look at it now and then, print the first, last and highest."""
    with (
        tempfile.TemporaryDirectory() as folder,
        prepared(Path(folder)) as ready,
        ready.auth() as server,
    ):
        browser = await sign_in(f"localhost:{server.port}")
        sampling = asyncio.create_task(
            _sample(server, ready.stores, ready.env["DATABASE_URL"], seconds)
        )
        visits, services = await _load(server, browser, seconds)
        samples = await sampling
        told = {
            "seconds": seconds,
            "resident_mib": _range(samples, "resident_mib"),
            "redis_keys": _range(samples, "redis_keys"),
            "redis_keys_by_kind": ready.stores.kinds(),
            "redis_keys_without_end": ready.stores.endless(),
            "visits": _told(visits, VISITS),
            "services": _told(services, SERVICES),
        }
    print(json.dumps(told, indent=2))
    results.write("memory", told | {"samples": samples})


async def _load(
    server: Server, browser: SignedInBrowser, seconds: int
) -> tuple[Run, Run]:
    service = scenarios.repeated(scenarios.client_credentials(browser.host))
    return await asyncio.gather(
        pace(server.port, _visits(browser), units=int(VISITS * seconds), rate=VISITS),
        pace(server.port, service, units=int(SERVICES * seconds), rate=SERVICES),
    )


def _visits(browser: SignedInBrowser) -> Callable[[], Unit]:
    """Somebody signs in to an app, an API asks about the token, the app refreshes."""

    def unit() -> Unit:
        exchanged = yield from browser.exchange()
        if exchanged is None:
            return False
        tokens = json.loads(exchanged.body)
        request = scenarios.introspection(browser.host, tokens["access_token"])
        answer = yield request
        if b'"active":true' not in answer.body:
            return False
        refresh = scenarios.refresh_chains(browser.host, [tokens["refresh_token"]])
        return (yield from refresh()) and (yield from refresh())

    return unit


async def _sample(
    server: Server, stores: Stores, database_url: str, seconds: int
) -> list[dict[str, Any]]:
    samples = []
    began, step = time.monotonic(), seconds / SAMPLES
    for number in range(SAMPLES + 1):
        await asyncio.sleep(max(0.0, began + number * step - time.monotonic()))
        samples.append(
            {
                "at_s": round(time.monotonic() - began, 1),
                "resident_mib": round(resident_mib(server.pid), 1),
                "redis_keys": stores.keys(),
                "refresh_tokens": _refresh_tokens(database_url),
            }
        )
    return samples


def _refresh_tokens(database_url: str) -> int:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT count(*) FROM auth.refresh_tokens")
        (count,) = rows.fetchone() or (0,)
    return int(count)


def _range(samples: list[dict[str, Any]], name: str) -> dict[str, float]:
    values = [sample[name] for sample in samples]
    return {"first": values[0], "last": values[-1], "max": max(values)}


def _told(run: Run, rate: float) -> dict[str, Any]:
    return {
        "rate": rate,
        "p50_ms": round(run.percentile(0.5), 2),
        "p99_ms": round(run.percentile(0.99), 2),
        "errors": run.errors,
        "failure": run.told_failure,
    }


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]) if sys.argv[1:] else 3600))
