"""
A PostgreSQL and a Valkey of our own, on 127.0.0.1, each with a drawn password.

`start_valkey` and `start_postgres` return at once, so that both start at the same
time; `ready()` of what they return waits.
"""

import os
import shutil
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from demo.binaries import find_postgres, find_valkey
from demo.processes import Child, Supervisor
from demo.unprivileged import NOBODY, make_passable, postgres_home, within_reach

_LOOPBACK = "127.0.0.1"
_USER = "valetkey"
_PONG = b"+PONG\r\n"
#: What PostgreSQL is told when its data may be lost with the machine, as in tests,
#: where many of our servers run beside each other.
_FLEETING = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off"),
    "max_connections=400",
)


@dataclass(frozen=True)
class Valkey:
    """A Valkey that was started."""

    child: Child
    port: int
    password: str

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{_LOOPBACK}:{self.port}/0"

    def ready(self) -> None:
        """
        Wait until it answers.

        Raises:
            ProcessFailed: it does not.

        """
        self.child.wait_until(self._answers, seconds=30)

    def _answers(self) -> bool:
        # While it reads its data it answers "-LOADING".
        try:
            with socket.create_connection((_LOOPBACK, self.port), 2) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                with connection.makefile("rb") as answers:
                    return [answers.readline() for _ in "12"] == [b"+OK\r\n", _PONG]
        except OSError:
            return False


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL that was started."""

    child: Child
    data: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """Of the database that is there from the beginning."""
        return f"postgresql://{_USER}:{self.password}@{_LOOPBACK}:{self.port}/postgres"

    def ready(self) -> None:
        """
        Wait until it accepts connections.

        Raises:
            ProcessFailed: it does not.

        """
        self.child.wait_until(self._accepts, seconds=60)

    def _accepts(self) -> bool:
        # What pg_ctl looks at: the process id in line 1, the state in line 8.
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        pid, state = lines[:1], [line.strip() for line in lines[7:8]]
        return pid == [str(self.child.process.pid)] and state == ["ready"]


def start_valkey(
    supervisor: Supervisor, folder: Path, *, password: str, log: Path, durable: bool
) -> Valkey:
    """
    Start Valkey with its data in `folder/valkey`.

    Args:
        supervisor: who stops it.
        folder: a folder of ours that exists.
        password: for every client; it is told by standard input, never by argument.
        log: the file it writes to.
        durable: whether the data is written to disk and found again.

    Raises:
        NoServer: this machine has no Valkey.

    """
    program = find_valkey()
    data = folder / "valkey"
    data.mkdir(mode=0o700, exist_ok=True)
    port = _free_port()
    settings = (
        f"bind {_LOOPBACK}",
        f"port {port}",
        f"requirepass {password}",
        "maxmemory-policy noeviction",
        'save "60 1"' if durable else 'save ""',
    )
    child = supervisor.start(
        "Valkey",
        [program, "-"],
        log=log,
        env=_PLAIN,
        cwd=data,
        reads="\n".join(settings).encode(),
    )
    return Valkey(child, port, password)


def start_postgres(
    supervisor: Supervisor, folder: Path, *, password: str, log: Path, durable: bool
) -> Postgres:
    """
    Start PostgreSQL with its data in `folder/postgres`, made first if need be.

    As root it runs as `nobody`, and elsewhere if `nobody` cannot reach the folder
    (`demo.unprivileged`).

    Args:
        supervisor: who stops it.
        folder: a folder of ours that exists.
        password: of the one user; the first start settles it.
        log: the file it writes to.
        durable: whether the data must survive the machine.

    Raises:
        NoServer: this machine has no PostgreSQL.
        ProcessFailed: its data could not be made.

    """
    programs = find_postgres()
    root = os.geteuid() == 0
    home = postgres_home(folder, root=root)
    make_passable(home)
    bin_folder = within_reach(programs, home) if root else programs.folder
    user = NOBODY if root else None
    data = home / "data"
    if not data.exists():
        _initialise(supervisor, bin_folder, data, password=password, log=log, user=user)
    port = _free_port()
    settings = (
        f"listen_addresses={_LOOPBACK}",
        f"port={port}",
        "unix_socket_directories=",
        *(() if durable else _FLEETING),
    )
    child = supervisor.start(
        "PostgreSQL",
        [bin_folder / "postgres", "-D", data, *(f"--{each}" for each in settings)],
        log=log,
        env=_PLAIN,
        cwd=home,
        user=user,
        # "Fast" disconnects everybody and ends in order; "immediate" just ends.
        goodbye=signal.SIGINT if durable else signal.SIGQUIT,
    )
    return Postgres(child, data, port, password)


def _initialise(
    supervisor: Supervisor,
    bin_folder: Path,
    data: Path,
    *,
    password: str,
    log: Path,
    user: str | None,
) -> None:
    """Make PostgreSQL's data; in a folder that is renamed when all of it is there."""
    unfinished = data.with_name("unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    secret = unfinished / "password"
    secret.touch(mode=0o600)
    secret.write_text(password)
    made = unfinished / "data"
    if user:
        shutil.chown(secret, user)
        shutil.chown(unfinished, user)
    with Supervisor(patience=2) as once:
        once.start(
            "initdb",
            [
                *(bin_folder / "initdb", "-D", made, "--username", _USER),
                *("--auth=scram-sha-256", f"--pwfile={secret}"),
                *("--encoding=UTF8", "--no-locale", "--no-instructions"),
            ],
            log=log,
            env=_PLAIN,
            cwd=unfinished,
            user=user,
        ).succeed(seconds=60)
    made.rename(data)
    shutil.rmtree(unfinished)


def _free_port() -> int:
    with socket.create_server((_LOOPBACK, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


#: The environment of both: none of ours, so that no PG* variable reaches them.
_PLAIN = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
