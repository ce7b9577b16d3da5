"""`make bench`: rates and latencies of one worker, as ratios to a bare application."""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvloop

from bench import results
from bench.measure import Measured, measure
from bench.processors import resident_mib
from bench.system import System, running
from bench.table import WORK, prepare


async def main(names: Sequence[str], into: str) -> None:
    """Measure scenarios in one run, print them and write them down."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as system:
        print(HEADER)
        measured: dict[str, Measured] = {}
        for name, scenario in (await prepare(system, {"bare", *names})).items():
            measured[name] = await measure(scenario, system.stores)
            print(line(name, measured[name], measured["bare"].full.rate), flush=True)
        server = _server(system)
    print(f"start {server['start_s']} s, resident {server['resident_mib']} MiB")
    told = {name: each.told(measured["bare"]) for name, each in measured.items()}
    results.write(into, told | {"server": server})


#: Milliseconds, microseconds of the server's processor, statements under load and
#: alone, Redis commands, shares of their processors.
HEADER = (
    "                       /s   ratio     p50    p95    p99   at 70 %: p50    p99"
    "     us  statements   commands  errors  server  generator  limit"
)


def line(name: str, it: Measured, bare: float) -> str:
    """What is printed of one scenario."""
    full, paced, shares = it.full, it.paced, it.busy.processes
    return (
        f"{name:<18}{full.rate:>7.0f}  {full.rate / bare:6.4f} "
        + "".join(f"{full.percentile(p):7.2f}" for p in (0.5, 0.95, 0.99))
        + "".join(f"{paced.percentile(p):{w}.2f}" for p, w in ((0.5, 15), (0.99, 7)))
        + f"{it.processor_us:7.0f}"
        f"{it.asked.statements:7.2f}{it.asked_alone.statements:5.2f}"
        f"{it.asked.commands:11.2f}{it.errors:8}"
        f"{shares['server']:8.0%}{shares['generator']:11.0%}  {it.busy.limit}"
    )


def _server(system: System) -> dict[str, Any]:
    return {
        "first_start_s": round(system.first_start, 2),
        "start_s": round(system.auth.start, 2),
        "resident_mib": round(resident_mib(system.auth.pid), 1),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="SCENARIO", help=", ".join(WORK))
    parser.add_argument("--into", metavar="NAME", help="of the file in bench/results")
    parser.add_argument(
        "--share", type=float, default=1.0, help="of the units: 0.1 is a quick look"
    )
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(WORK):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    some = arguments.names or arguments.share != 1
    arguments.into = arguments.into or ("some" if some else "latest")
    return arguments


if __name__ == "__main__":
    told = _arguments()
    WORK.update({name: max(64, int(n * told.share)) for name, n in WORK.items()})
    uvloop.run(main(told.names or list(WORK), told.into))
