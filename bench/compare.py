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

ROOT = Path(__file__).parents[1]
#: Of each commit, by turns, so that what the machine does meanwhile meets both.
RUNS = 3
_SOURCES = ("", "shared/src", "services/auth/src", "services/resource/src")


def main(ref: str) -> None:
    """Measure that commit and this one; print what became faster and what slower."""
    with _checked_out(ref) as before, _checked_out("HEAD") as after:
        runs: dict[Path, list[dict[str, Any]]] = {before: [], after: []}
        for _ in range(RUNS):
            for folder, results in runs.items():
                results.append(_measure(folder))
    for name in (each for each in runs[after][0] if each in runs[before][0]):
        old, new = (_ratio(runs[folder], name) for folder in (before, after))
        if old and new:
            print(f"{name:<20}{old:8.4f} -> {new:8.4f}   x {new / old:5.2f}")


def _ratio(results: list[dict[str, Any]], name: str) -> float | None:
    """The median, to the bare application of the same run; None for what is no run."""
    found = [result[name] for result in results]
    if not all(isinstance(each, dict) and "ratio" in each for each in found):
        return None
    return float(median(each["ratio"] for each in found))


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


def _measure(folder: Path) -> dict[str, Any]:
    path = os.pathsep.join(str(folder / source) for source in _SOURCES)
    subprocess.run(
        [sys.executable, "-m", "bench"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        stdout=sys.stderr,
        check=True,
    )
    result: dict[str, Any] = json.loads(
        (folder / "bench/results/latest.json").read_text()
    )
    return result


if __name__ == "__main__":
    main(sys.argv[1])
