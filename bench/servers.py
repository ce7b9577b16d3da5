"""Servers under measurement: each a process on processors of its own."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from bench.processors import SERVER
from demo.processes import die_with

#: Seconds that a server has to become ready.
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Server:
    """One that is ready."""

    port: int
    pid: int
    #: Seconds from its start until it was.
    start: float


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def serving(
    command: Sequence[str | Path],
    env: Mapping[str, str],
    *,
    port: int,
    ready: str,
    processors: set[int] | None = None,
) -> Iterator[Server]:
    """
    Start a server, wait until it is ready, and end it with the block.

    Args:
        command: the program and its arguments.
        env: the whole of its environment.
        port: where it will listen.
        ready: the path that is answered by 200 when it is ready.
        processors: where it may run; by default the first one alone.

    """
    us = os.getpid()

    def begin() -> None:
        os.sched_setaffinity(0, processors or {SERVER})
        die_with(us, signal.SIGTERM)

    began = time.perf_counter()
    # In the child, so that each thread it ever has stays there. We have none ourselves
    # whose locks a fork could copy.
    child = subprocess.Popen(command, env=env, preexec_fn=begin)  # noqa: PLW1509 - as said
    try:
        while not _is_ready(port, ready):
            taken = time.perf_counter() - began
            if child.poll() is not None or taken > _PATIENCE:
                raise SystemExit(f"bench: {command[-1]} did not become ready")
            time.sleep(0.005)
        yield Server(port, child.pid, time.perf_counter() - began)
    finally:
        child.terminate()
        child.wait()


def _is_ready(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"host": f"localhost:{port}"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
