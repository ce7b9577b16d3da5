"""
Child processes that never outlive us.

A `Supervisor` starts them, each in a process group of its own, so that Ctrl-C in
the terminal reaches us alone and we decide the order. When we are killed and can
decide nothing, the kernel tells each child (Linux; prctl(2), PR_SET_PDEATHSIG).
It counts the death of the *thread* that forked: start children from the main one.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


class ProcessFailed(Exception):
    """A child ended, or was not ready in time; the text shows its last log lines."""


def die_with(parent: int, goodbye: signal.Signals) -> None:
    """
    Have the kernel send this process `goodbye` when its parent dies.

    Everywhere but on Linux this does nothing. A parent that died before the call
    sends nothing any more, hence the second look.

    Args:
        parent: the process id that the parent had when it made us.
        goodbye: what to be sent.

    """
    if _LIBC is None:
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(goodbye))
    if os.getppid() != parent:
        os.kill(os.getpid(), goodbye)


@dataclass(frozen=True)
class Child:
    """A process we started."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    #: What asks it to end in good order.
    goodbye: signal.Signals

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> None:
        """
        Look every 20 ms until `ready()` is true.

        Raises:
            ProcessFailed: it ended instead, or `seconds` passed.

        """
        deadline = time.monotonic() + seconds
        while not ready():
            if self.ended:
                raise self.failure("ended")
            if time.monotonic() > deadline:
                raise self.failure(f"was not ready after {seconds:.0f} s")
            time.sleep(0.02)

    def succeed(self, *, seconds: float) -> None:
        """
        Wait for a process that is meant to end.

        Raises:
            ProcessFailed: its status was not 0, or `seconds` passed.

        """
        try:
            status = self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise self.failure(f"did not finish in {seconds:.0f} s") from None
        if status != 0:
            raise self.failure("failed")

    def failure(self, what: str) -> ProcessFailed:
        lines = self.log.read_text(errors="replace").splitlines()[-15:]
        status = self.process.poll()
        how = "" if status is None else f" (status {status})"
        return ProcessFailed("\n    ".join([f"{self.name} {what}{how}:", *lines]))

    def signal_group(self, number: signal.Signals) -> None:
        """Reach also what the child started; nothing happens when all are gone."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


class Supervisor:
    """
    Children that are stopped together when the `with` block is left.

    Args:
        patience: seconds that a child has to end in good order.
        inherit: a file descriptor that the children keep open, or None.

    """

    def __init__(self, *, patience: float, inherit: int | None = None) -> None:
        self._patience = patience
        self._inherit = () if inherit is None else (inherit,)
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(
        self,
        name: str,
        command: Sequence[str | os.PathLike[str]],
        *,
        log: Path,
        env: Mapping[str, str],
        cwd: Path | None = None,
        user: str | None = None,
        goodbye: signal.Signals = signal.SIGTERM,
        reads: bytes = b"",
    ) -> Child:
        """
        Start a child that writes to `log` and reads `reads`, then end of file.

        Args:
            name: what to call it in messages.
            command: the program and its arguments; no shell.
            log: a file, made anew, for both of its outputs.
            env: the whole of its environment.
            cwd: where it runs.
            user: as whom, when we are root.
            goodbye: what asks it to end in good order; sent too when we are killed.
            reads: its standard input.

        """
        us = os.getpid()
        with _new_private_file(log) as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=cwd,
                user=user,
                group=None if user is None else _group_of(user),
                extra_groups=None if user is None else [],
                process_group=0,
                pass_fds=self._inherit,
                # After the change of user, which would undo it. We have no threads
                # whose locks a fork could copy.
                preexec_fn=lambda: _begin_child(us, goodbye),  # noqa: PLW1509 - as said
            )
        child = Child(name, process, log, goodbye)
        self._children.append(child)
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
            stdin.write(reads)
        return child

    def ended(self) -> Child | None:
        """A child that has ended, if there is one."""
        return next((child for child in self._children if child.ended), None)

    def stop(self) -> None:
        """Ask all of them to end, wait for `patience` in all, and kill what is left."""
        for child in self._children:
            if not child.ended:
                child.process.send_signal(child.goodbye)
        deadline = time.monotonic() + self._patience
        for child in self._children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
        for child in self._children:
            child.signal_group(signal.SIGKILL)
            child.process.wait()
        self._children.clear()


def _begin_child(parent: int, goodbye: signal.Signals) -> None:
    # A shell that starts us in the background has both ignored, and so would they.
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    die_with(parent, goodbye)


def _new_private_file(path: Path) -> IO[bytes]:
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _group_of(user: str) -> int:
    import pwd  # noqa: PLC0415  (absent on Windows, where nobody is root)

    return pwd.getpwnam(user).pw_gid
