"""`make bench-compare REF=…`: two commits in turn on one machine, and their ratio."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench.results import FOLDER
from bench.table import WORK

ROOT = Path(__file__).parents[1]
#: Of each commit, by turns, so that what the machine does meanwhile meets both.
RUNS = 3
_SOURCES = ("shared/src", "services/auth/src", "services/resource/src")


def main(ref: str, arguments: list[str]) -> None:
    """
    Measure that commit and this one; print what became faster and what slower.

    Args:
        ref: that commit.
        arguments: of `make bench`, scenarios for example.

    """
    with _checked_out(ref) as before, _checked_out("HEAD") as after:
        runs: dict[Path, list[dict[str, Any]]] = {before: [], after: []}
        for turn in range(RUNS):
            # Each goes first by turns.
            for folder in (before, after) if turn % 2 == 0 else (after, before):
                runs[folder].append(_measure(folder, arguments))
    print(f"{'':<20}{'ratio to bare':>24}{'processor us per unit':>36}")
    for name in [each for each in arguments if each in WORK] or list(WORK):
        print(f"{name:<20}{_both(runs, name, 'ratio', 4)}", end="")
        print(_both(runs, name, "processor_us", 0))


def _both(
    runs: dict[Path, list[dict[str, Any]]], name: str, figure: str, digits: int
) -> str:
    """The medians of both commits, and the second as a multiple of the first."""
    old, new = (
        median(float(run[name][figure]) for run in results) for results in runs.values()
    )
    return f"{old:10.{digits}f} -> {new:8.{digits}f}  x {new / old:5.2f}"


@contextmanager
def _checked_out(ref: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "tree"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--detach", "--quiet", place, ref], check=True)
        try:
            yield place
        finally:
            subprocess.run([*git, "remove", "--force", place], check=True)


def _measure(folder: Path, arguments: list[str]) -> dict[str, Any]:
    """That commit's servers, by this benchmark: another one would measure otherwise."""
    path = os.pathsep.join(str(folder / source) for source in _SOURCES)
    subprocess.run(
        [sys.executable, "-m", "bench", *arguments, "--into", "compared"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        stdout=sys.stderr,
        check=True,
    )
    result: dict[str, Any] = json.loads((FOLDER / "compared.json").read_text())
    return result


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit("bench-compare: say with which commit, as REF=…")
    main(sys.argv[1], sys.argv[2:])
