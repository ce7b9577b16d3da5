"""Result files: what came out, of which commit, on which machine."""

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.processors import GENERATOR, SERVER, STORES

FOLDER = Path(__file__).parent / "results"


def write(name: str, result: dict[str, Any]) -> Path:
    """Write a result with where it comes from; the path of the file."""
    FOLDER.mkdir(exist_ok=True)
    file = FOLDER / f"{name}.json"
    file.write_text(json.dumps(result | _origin(), indent=2) + "\n")
    return file


def _origin() -> dict[str, Any]:
    return {
        "commit": _git("rev-parse", "--short", "HEAD") + _unfinished(),
        "machine": {
            "processor": _processor(),
            "processors": os.cpu_count(),
            "memory_gib": round(
                os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1
            ),
            "python": platform.python_version(),
            "system": platform.platform(),
            "pinned": {
                "server": SERVER,
                "generator": GENERATOR,
                "stores": sorted(STORES),
            },
            "load_before": round(_LOAD, 2),
        },
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


#: How busy the machine was when we came: figures of a busy one are worth little.
_LOAD = os.getloadavg()[0]


def _unfinished() -> str:
    """A mark where the code is not the commit's."""
    return "+" if _git("status", "--porcelain", "--", ":!bench/results") else ""


def _git(*arguments: str) -> str:
    told = subprocess.run(
        ["git", *arguments], capture_output=True, text=True, check=False
    )
    return told.stdout.strip()


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
