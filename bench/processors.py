"""Which processor does what, and how busy processes and processors are (Linux)."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
ALL = sorted(os.sched_getaffinity(0))
#: What is measured has one to itself.
SERVER = ALL[0]
#: The load comes from another.
GENERATOR = ALL[-1]
#: PostgreSQL and Valkey have those between, but the second one where it can be spared
#: for a second worker; of two processors, they share the generator's.
STORES = set(ALL[2:-1] or ALL[1:])


@dataclass(frozen=True, slots=True)
class Reading:
    """Seconds of work up to a moment: of some process trees, us, and processors."""

    at: float
    processes: dict[str, float]
    processors: dict[int, float]


@dataclass(frozen=True, slots=True)
class Busy:
    """Shares of one processor between two readings; 1.0 is all of it."""

    processes: dict[str, float]
    processors: dict[int, float]
    #: Seconds that the server worked.
    server_seconds: float

    @property
    def others(self) -> float:
        """What other programs had of the server's processor."""
        return max(0.0, self.processors[SERVER] - self.processes["server"])

    @property
    def limit(self) -> str:
        """What kept the rate from being higher."""
        if self.processes["server"] >= 0.9:
            return "server"
        if self.processors[SERVER] >= 0.9:
            return "other programs on the server's processor"
        if self.processors[GENERATOR] >= 0.9:
            return "generator's processor"
        return "waiting"


def read(trees: dict[str, tuple[int, ...]]) -> Reading:
    """Where we are; a tree is named and given by the process ids of its roots."""
    processes = {name: sum(map(_tree_seconds, roots)) for name, roots in trees.items()}
    # Everything is a child of ours: the generator is this process alone.
    processes["generator"] = time.process_time()
    return Reading(time.perf_counter(), processes, dict(_processor_seconds()))


def between(before: Reading, after: Reading) -> Busy:
    """What happened from one reading to the next."""
    seconds = after.at - before.at
    spent = {name: t - before.processes[name] for name, t in after.processes.items()}
    return Busy(
        {name: each / seconds for name, each in spent.items()},
        {n: (t - before.processors[n]) / seconds for n, t in after.processors.items()},
        spent["server"],
    )


def resident_mib(pid: int) -> float:
    """What a process keeps in memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise SystemExit(f"bench: process {pid} has ended")


def tree(pid: int) -> Iterator[int]:
    """A process and all that came of it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from tree(int(child))


def _tree_seconds(root: int) -> float:
    return sum(map(_seconds, tree(root)))


def _seconds(pid: int) -> float:
    """In user and system mode, with that of children that have ended; proc(5)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:  # it ended between the two looks
        return 0.0
    return sum(map(int, text.rpartition(")")[2].split()[11:15])) / _TICK


def _processor_seconds() -> Iterator[tuple[int, float]]:
    """By the number of the processor: all but idle and waiting for disks."""
    for line in Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name[3:].isdigit():
            busy = [int(t) for n, t in enumerate(ticks[:8]) if n not in {3, 4}]
            yield int(name[3:]), sum(busy) / _TICK
