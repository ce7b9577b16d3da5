"""A child never outlives us, however we end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.processes import Child, ProcessFailed, Supervisor

ROOT = Path(__file__).parents[3]
_SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]

# A supervisor that starts one child, tells its process id, and waits.
_SUPERVISING = """
import os, signal, sys, time
from pathlib import Path
from demo.processes import Supervisor
with Supervisor(patience=1) as supervisor:
    child = supervisor.start(
        "child",
        [sys.executable, "-c", "import time; time.sleep(60)"],
        log=Path(sys.argv[1]),
        env=os.environ,
    )
    print(child.process.pid, flush=True)
    time.sleep(60)
"""

# One whose parent is dead before it asks for the signal.
_ORPHANED = """
import os, signal, sys, time
from demo.processes import die_with
parent = os.getpid()
if os.fork() == 0:
    while os.getppid() == parent:
        time.sleep(0.001)
    die_with(parent, signal.SIGKILL)
    print("lives", flush=True)
    os._exit(0)
"""


def _wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline, "it did not happen in 10 s"
        time.sleep(0.01)


def _gone(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2]
    except FileNotFoundError:
        return True
    return state.split()[0] == "Z"


@pytest.fixture
def supervisor() -> Supervisor:
    return Supervisor(patience=1)


def _start(supervisor: Supervisor, log: Path, *code: str) -> Child:
    command = [sys.executable, "-c", *code] if code else _SLEEP
    return supervisor.start("child", command, log=log, env=os.environ)


def test_a_child_ends_with_the_block(supervisor: Supervisor, tmp_path: Path) -> None:
    with supervisor:
        child = _start(supervisor, tmp_path / "log")
        assert not child.ended

    assert child.process.returncode == -signal.SIGTERM


def test_a_child_that_ignores_sigterm_is_killed(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    log = tmp_path / "log"
    with supervisor:
        child = _start(
            supervisor,
            log,
            f"import signal, time; {deaf}; print('deaf', flush=True); time.sleep(60)",
        )
        child.wait_until(lambda: "deaf" in log.read_text(), seconds=10)

    assert child.process.returncode == -signal.SIGKILL


def test_what_a_child_started_ends_too(supervisor: Supervisor, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with supervisor:
        child = _start(
            supervisor,
            log,
            "import os, time; print(os.fork(), flush=True); time.sleep(60)",
        )
        child.wait_until(lambda: log.read_text().count("\n") == 2, seconds=10)
        grandchild = max(int(line) for line in log.read_text().split())
        assert not _gone(grandchild)

    _wait_until(lambda: _gone(grandchild))


def test_ctrl_c_in_the_terminal_does_not_reach_a_child(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    with supervisor:
        child = _start(supervisor, tmp_path / "log")

        assert os.getpgid(child.process.pid) != os.getpgrp()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel must tell the child")
def test_a_child_ends_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _SUPERVISING, tmp_path / "log"],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as supervising:
        assert supervising.stdout is not None
        child = int(supervising.stdout.readline())
        assert not _gone(child)
        supervising.kill()

    _wait_until(lambda: _gone(child))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel must tell the child")
def test_a_child_ends_whose_parent_died_before_it_could_ask(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", _ORPHANED],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=10,
    )

    assert "lives" not in said.stdout


def test_a_failure_names_the_child_and_shows_its_last_lines(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    with (
        supervisor,
        pytest.raises(ProcessFailed, match=r"child failed \(status 3\):\n +no luck"),
    ):
        _start(supervisor, tmp_path / "log", "print('no luck'); exit(3)").succeed(
            seconds=10
        )


def test_who_ended_by_itself_is_found(supervisor: Supervisor, tmp_path: Path) -> None:
    with supervisor:
        _start(supervisor, tmp_path / "1")
        assert supervisor.ended() is None
        second = _start(supervisor, tmp_path / "2", "pass")
        second.succeed(seconds=10)

        assert supervisor.ended() is second
