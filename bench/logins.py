"""`make bench-logins`: password logins, beside what argon2id alone allows."""

import asyncio
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg
import uvloop

from bench import processors, results, scenarios
from bench.generator import Run, Unit, drive, pace
from bench.processors import SERVER
from bench.provision import PASSWORD, PEOPLE
from bench.signing_in import cookies
from bench.system import Prepared, prepared
from tests.e2e.browser import Browser

LOGINS, WARM_UP = 1000, 64
#: So many at once: enough that both threads for passwords always have one.
AT_ONCE = 8
#: Other requests in a second meanwhile.
OTHERS = 20.0


async def main() -> None:
    """Measure argon2id alone, logins among others, and argon2id once more."""
    with (
        tempfile.TemporaryDirectory() as folder,
        prepared(Path(folder)) as ready,
        ready.auth() as server,
    ):
        unit = await logins(f"localhost:{server.port}")
        await drive(server.port, unit, units=WARM_UP, connections=AT_ONCE)
        alone, worked = _argon2_alone(ready)
        trees = {"server": (server.pid,), "stores": ready.stores.processes}
        before = processors.read(trees)
        run, others = await _among_others(server.port, unit, alone)
        busy = processors.between(before, processors.read(trees))
        again, _ = _argon2_alone(ready)
    told = {
        "argon2_alone_rate": [round(alone, 2), round(again, 2)],
        "rate": round(run.rate, 2),
        "ratio": round(run.rate / ((alone + again) / 2), 3),
        # Of the seconds that the server works for a login, those of argon2id.
        "processor_ratio": round(worked / (busy.server_seconds / LOGINS), 3),
        "p50_ms": round(run.percentile(0.5), 1),
        "p99_ms": round(run.percentile(0.99), 1),
        "errors": run.errors + others.errors,
        "failure": run.told_failure or others.told_failure,
        "others": {
            "rate": OTHERS,
            "p50_ms": round(others.percentile(0.5), 2),
            "p99_ms": round(others.percentile(0.99), 2),
        },
        "limit": busy.limit,
    }
    print(json.dumps(told, indent=2))
    results.write("logins", told)


async def _among_others(
    port: int, unit: Callable[[], Unit], expected_rate: float
) -> tuple[Run, Run]:
    """Logins as fast as they go, and services that ask for tokens meanwhile."""
    service = scenarios.repeated(scenarios.client_credentials(f"localhost:{port}"))
    asked = int(OTHERS * LOGINS / expected_rate)
    return await asyncio.gather(
        drive(port, unit, units=LOGINS, connections=AT_ONCE),
        pace(port, service, units=asked, rate=OTHERS),
    )


async def logins(host: str) -> Callable[[], Unit]:
    """One person after the other, from a login page that was opened once."""
    async with httpx.AsyncClient() as client:
        browser = Browser(client, known={host})
        form = (await browser.get(f"http://{host}/login")).form("/login").fields
        cookie = cookies(browser, host)
    requests = itertools.cycle(
        scenarios.post(
            host,
            "/login",
            form | {"identifier": name, "password": PASSWORD},
            cookie=cookie,
            **{"sec-fetch-site": "same-origin"},
        )
        for name in PEOPLE
    )

    def unit() -> Unit:
        answer = yield next(requests)
        return answer.status == 303 and b"valetkey-session" in answer.head

    return unit


def _argon2_alone(ready: Prepared) -> tuple[float, float]:
    """Its rate, and the processor seconds of one check, where our server runs."""
    with psycopg.connect(ready.env["DATABASE_URL"]) as connection:
        row = connection.execute("SELECT password_hash FROM auth.users LIMIT 1")
        (kept,) = row.fetchone() or ("",)
    done = subprocess.run(
        [sys.executable, "-m", "bench.argon2_alone"],
        input=json.dumps({"hash": kept, "password": PASSWORD, "times": LOGINS // 4}),
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {SERVER}),
    )
    told = json.loads(done.stdout)
    return told["rate"], told["seconds"]


if __name__ == "__main__":
    uvloop.run(main())
