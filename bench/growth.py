"""`make bench-growth`: refresh and code exchange among millions of refresh tokens."""

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import uvloop

from auth_service.storage.postgres.engine import connect
from auth_service.storage.postgres.sweeper import PostgresSweeper
from bench import plot, processors, results, table
from bench.filling import BYTES_PER_TOKEN, TOKENS, dead_rows, fill, size_mib
from bench.generator import Run, Unit, drive, pace
from bench.servers import Server
from bench.signing_in import access_token, refresh_tokens, sign_in
from bench.system import Prepared, prepared
from bench.table import FAMILIES, WARM_UP
from valetkey.errors import TemporarilyUnavailable

SIZES = (0, 100_000, 1_000_000, 10_000_000)
#: Seconds that all filling may take.
PATIENCE = 20 * 60.0
WORK = {"refresh": 3000, "code_flow": 1500}
#: Of both by turns, at each size.
PASSES = 3
#: How much slower is still well.
AIM = 1.5
#: Refreshes begun in a second while batches of the sweeper are timed, for so long.
RATE, SECONDS = 50.0, 20
#: Whoever holds it sweeps (storage/postgres/sweeper.py).
_SWEEPER = 0x76_6B_73_77
_PLOT = Path(__file__).parents[1] / "docs/images/growth.svg"
_Units = dict[str, Callable[[], Unit]]


async def main(most: int) -> None:
    """Measure at each size that disk and patience allow, then sweep."""
    with (
        tempfile.TemporaryDirectory() as folder,
        prepared(Path(folder)) as ready,
        ready.auth() as server,
    ):
        browser = await sign_in(f"localhost:{server.port}")
        families = await refresh_tokens(server.port, browser, FAMILIES)
        token = await access_token(server.port, browser)
        units = table.of_people(browser, families, token)
        with _no_sweeper(ready.env["DATABASE_URL"]):
            told = await _grow(ready, server, units, most)
            quiet = await _paced(server, units)
        told["sweeper"] = await _sweep(ready, server, units, quiet)
    print(told["sweeper"])
    results.write("growth", told)
    _PLOT.write_text(_draw(told["sizes"]))


async def _grow(
    ready: Prepared, server: Server, units: _Units, most: int
) -> dict[str, Any]:
    url = ready.env["DATABASE_URL"]
    sizes: list[dict[str, Any]] = []
    filled, taken = 0, 0.0
    for size in (each for each in SIZES if each <= most):
        reason = _too_much(ready, size - filled, filled, taken)
        if reason:
            print(reason)
            return {"sizes": sizes, "stopped": reason}
        if size:
            taken += fill(url, filled // TOKENS + 1, size // TOKENS + 1)
            filled = size
        passes = [
            {n: await _measure(ready, server, units[n], w) for n, w in WORK.items()}
            for _ in range(PASSES)
        ]
        measured = {name: _middle([each[name] for each in passes]) for name in WORK}
        first = sizes[0] if sizes else measured
        for name, each in measured.items():
            each["slower"] = round(first[name]["rate"] / each["rate"], 3)
            worked = each["server_us"] + each["stores_us"]
            before = first[name]["server_us"] + first[name]["stores_us"]
            each["slower_by_processor_time"] = round(worked / before, 3)
        sizes.append({"refresh_tokens": size, "mib": round(size_mib(url)), **measured})
        print(sizes[-1], flush=True)
    return {"sizes": sizes, "stopped": None, "filling_s": round(taken)}


def _middle(passes: list[dict[str, Any]]) -> dict[str, Any]:
    """The pass of the median rate: the machine may have had something else to do."""
    return sorted(passes, key=lambda each: float(each["rate"]))[len(passes) // 2]


def _too_much(ready: Prepared, more: int, filled: int, taken: float) -> str | None:
    """Why so many more rows cannot be had here, if so."""
    free = shutil.disk_usage(ready.stores.postgres.data).free
    if more * BYTES_PER_TOKEN > free / 2:
        return f"{more} more rows: {free // 2**30} GiB of disk are not enough"
    if filled and taken / filled * (filled + more) > PATIENCE:
        return f"{more} more rows would take longer than {PATIENCE / 60:.0f} minutes"
    return None


async def _measure(
    ready: Prepared, server: Server, unit: Callable[[], Unit], units: int
) -> dict[str, Any]:
    await drive(server.port, unit, units=int(units * WARM_UP))
    trees = {"server": (server.pid,), "stores": ready.stores.processes}
    before = processors.read(trees)
    run = await drive(server.port, unit, units=units)
    after = processors.read(trees)
    worked = {
        f"{name}_us": round((after.processes[name] - each) / units * 1e6, 1)
        for name, each in before.processes.items()
        if name != "generator"
    }
    return {"rate": round(run.rate, 1), **_told(run), **worked}


def _told(run: Run) -> dict[str, Any]:
    return {
        "p50_ms": round(run.percentile(0.5), 2),
        "p99_ms": round(run.percentile(0.99), 2),
        "max_ms": round(run.percentile(1), 2),
        "errors": run.errors,
        "failure": run.told_failure,
    }


async def _paced(server: Server, units: _Units) -> Run:
    work = int(SECONDS * RATE)
    return await pace(server.port, units["refresh"], units=work, rate=RATE)


@contextmanager
def _no_sweeper(database_url: str) -> Iterator[None]:
    """What has expired stays for as long: the server's sweeper finds another at it."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_SWEEPER])
        yield


async def _sweep(
    ready: Prepared, server: Server, units: _Units, quiet: Run
) -> dict[str, Any]:
    """Time batches of the real sweeper while people refresh."""
    url = ready.env["DATABASE_URL"]
    dead = dead_rows(url)
    engine = connect(url, pool_size=1)
    foreground = asyncio.create_task(_paced(server, units))
    try:
        times, gone, failed = await _batches(PostgresSweeper(engine), foreground)
    finally:
        await engine.dispose()
    meanwhile = await foreground
    left = dead_rows(url)
    return {
        "expired_before": dead,
        "expired_after": left,
        "batches": len(times),
        "rows": gone,
        "failed": failed,
        "batch_p50_ms": round(_at(times, 0.5) * 1000, 1),
        "batch_max_ms": round(_at(times, 1) * 1000, 1),
        "rows_per_second": round(gone / sum(times)) if times else 0,
        "refresh_without": _told(quiet),
        "refresh_meanwhile": _told(meanwhile),
    }


async def _batches(
    sweeper: PostgresSweeper, foreground: asyncio.Task[Run]
) -> tuple[list[float], int, int]:
    """How long each took, the rows that went, and how many were given up."""
    times, gone, failed = [], 0, 0
    while not foreground.done():
        began = time.perf_counter()
        try:
            rows = await sweeper.sweep()
        except TemporarilyUnavailable:
            failed += 1
            continue
        if rows:  # else the server's own is at it, or nothing is left
            times.append(time.perf_counter() - began)
            gone += rows
        else:
            await asyncio.sleep(0.05)
    return times, gone, failed


def _at(values: list[float], share: float) -> float:
    ordered = sorted(values) or [0.0]
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _draw(sizes: list[dict[str, Any]]) -> str:
    return plot.chart(
        "Time of one unit, as a multiple of that with no rows",
        "refresh tokens in the table",
        "times slower",
        [f"{each['refresh_tokens']:,}" for each in sizes],
        {
            "refresh": [each["refresh"]["slower"] for each in sizes],
            "code flow": [each["code_flow"]["slower"] for each in sizes],
        },
        AIM,
    )


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]) if sys.argv[1:] else SIZES[-1]))
