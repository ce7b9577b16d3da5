"""`make bench-workers`: two workers beside one, with two processors free for them."""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import uvloop

from bench import processors, results, table
from bench.generator import CONNECTIONS, Unit, drive
from bench.logins import AT_ONCE, logins
from bench.processors import ALL, SERVER, resident_mib, tree
from bench.servers import Server
from bench.signing_in import access_token, refresh_tokens, sign_in
from bench.system import Prepared, prepared
from bench.table import FAMILIES, WARM_UP, WORK

#: Units; of logins few, for each is the work of dozens of others.
_WORK = {
    name: WORK[name]
    for name in ("client_credentials", "code_flow", "refresh", "introspection")
} | {"logins": 400}
#: The workers' own where the machine has as many besides; else the generator and the
#: stores share the second.
_TWO = set(ALL[:2])
_OWN = len(ALL) >= 4


@dataclass(frozen=True, slots=True)
class Pass:
    """What so many workers did."""

    rate: float
    errors: int
    failure: str | None
    #: Microseconds that all workers together worked for one unit.
    processor_us: float
    #: Of one processor, what all workers, the generator and the stores had.
    shares: dict[str, float]
    #: Of the largest worker.
    resident_mib: float


async def main(names: list[str]) -> None:
    """Measure each scenario with one worker on one processor, then two on two."""
    with tempfile.TemporaryDirectory() as folder, prepared(Path(folder)) as ready:
        one = await _measure(ready, names, workers=1, on={SERVER})
        two = await _measure(ready, names, workers=2, on=_TWO)
    told = {name: _beside(one[name], two[name]) for name in names}
    for name, each in told.items():
        busy = sum(two[name].shares.values())
        print(
            f"{name:<20}{one[name].rate:8.0f} -> {two[name].rate:8.0f}/s"
            f"   x {each['ratio']:5.2f} measured"
            f"   x {each['processor_ratio']:5.2f} by processor time"
            f"   two workers had {two[name].shares['server']:.2f} processors"
            f" of {busy:.2f} in use   errors {one[name].errors + two[name].errors}"
        )
    print(_shown())
    results.write("workers", {**told, "shown": _shown()})


def _shown() -> str:
    if _OWN:
        return "Two processors were the workers' own."
    return (
        "The generator and the stores needed a part of the second processor: what is"
        " measured is less than two free processors would give. By processor time is"
        " what they would, if nothing but the workers' own work were in the way."
    )


def _beside(one: Pass, two: Pass) -> dict[str, Any]:
    return {
        "ratio": round(two.rate / one.rate, 3),
        "processor_ratio": round(2 * one.processor_us / two.processor_us, 3),
        "one": asdict(one),
        "two": asdict(two),
    }


async def _measure(
    ready: Prepared, names: list[str], *, workers: int, on: set[int]
) -> dict[str, Pass]:
    with ready.auth(workers=workers, processors=on) as server:
        units = await _units(server)
        return {
            name: await _pass(ready, server, units[name], _WORK[name]) for name in names
        }


async def _units(server: Server) -> dict[str, Callable[[], Unit]]:
    host = f"localhost:{server.port}"
    browser = await sign_in(host)
    families = await refresh_tokens(server.port, browser, FAMILIES)
    token = await access_token(server.port, browser)
    return {
        **table.public(host),
        **table.of_people(browser, families, token),
        "logins": await logins(host),
    }


async def _pass(
    ready: Prepared, server: Server, unit: Callable[[], Unit], units: int
) -> Pass:
    connections = AT_ONCE * 2 if units == _WORK["logins"] else 2 * CONNECTIONS
    await drive(server.port, unit, units=int(units * WARM_UP), connections=connections)
    trees = {"server": (server.pid,), "stores": ready.stores.processes}
    before = processors.read(trees)
    run = await drive(server.port, unit, units=units, connections=connections)
    busy = processors.between(before, processors.read(trees))
    return Pass(
        round(run.rate, 1),
        run.errors,
        run.told_failure,
        round(busy.server_seconds / units * 1e6, 1),
        {name: round(share, 3) for name, share in busy.processes.items()},
        round(max(map(resident_mib, tree(server.pid))), 1),
    )


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1:] or list(_WORK)))
