"""
A PostgreSQL and a Valkey to break: killed, frozen, started again on the same port.

They are the tests' own, so that what is broken here is broken for nobody else.
"""

import os
import secrets
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from demo.binaries import find_valkey
from demo.processes import Child, Supervisor
from demo.servers import Postgres, start_postgres
from demo.unprivileged import NOBODY

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@dataclass
class Breakable:
    """A server that can be made unwell in three ways, and well again."""

    url: str
    child: Child
    #: Starts it on the same port and returns when it answers.
    again: Callable[[], Child]

    def freeze(self) -> None:
        """It holds its connections and says nothing: a machine that hangs."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Gone without a word; what it had under way is lost."""
        # PostgreSQL's immediate stop: its children would outlive SIGKILL.
        self.child.process.send_signal(signal.SIGQUIT)
        self.child.process.wait(timeout=30)

    def start(self) -> None:
        self.child = self.again()

    def heal(self) -> None:
        """Whatever a test did to it, it answers again."""
        if self.child.ended:
            self.start()
        else:
            self.thaw()

    def _signal(self, number: signal.Signals) -> None:
        for pid in _family(self.child.process.pid):
            with suppress(ProcessLookupError):  # a connection that has just ended
                os.kill(pid, number)


def _family(pid: int) -> list[int]:
    """A process and its children; each PostgreSQL connection is one."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(int(child) for child in children)]


def breakable_postgres(supervisor: Supervisor, folder: Path) -> Breakable:
    started = start_postgres(
        supervisor,
        folder,
        password=secrets.token_urlsafe(),
        log=folder / "postgres.log",
        durable=False,
    )
    started.ready()

    def again() -> Child:
        child = supervisor.start(
            "PostgreSQL",
            started.child.process.args,
            log=started.child.log,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            cwd=started.data.parent,
            user=NOBODY if os.geteuid() == 0 else None,
            goodbye=signal.SIGINT,
        )
        Postgres(child, started.data, started.port, started.password).ready()
        return child

    return Breakable(started.url, started.child, again)


def breakable_valkey(
    supervisor: Supervisor, folder: Path, *, policy: str = "noeviction"
) -> Breakable:
    """It keeps nothing: after a restart it is empty."""
    port, program = free_port(), find_valkey()
    settings = f'bind {LOOPBACK}\nport {port}\nsave ""\nmaxmemory-policy {policy}\n'

    def again() -> Child:
        child = supervisor.start(
            "Valkey",
            [program, "-"],
            log=folder / f"valkey-{port}.log",
            env={"PATH": os.defpath},
            cwd=folder,
            reads=settings.encode(),
        )
        child.wait_until(lambda: _listens(port), seconds=30)
        return child

    return Breakable(f"redis://{LOOPBACK}:{port}/0", again(), again)


def _listens(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), 2).close()
    except OSError:
        return False
    return True
