"""
The demo's folder: what is remembered between two runs, and one demo at a time.

    lock          held by the demo and by all it started; holds the demo's process id
    secrets.json  passwords and keys, drawn once
    demo.json     where everything is and how to sign in, for people and programs
    logs/         one file for each process
    valkey/, postgres/  the servers' data
"""

import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.unprivileged import forget_postgres, make_passable

_LOCK = "lock"
_OURS = ("demo.json", "provision.json", "secrets.json", "logs", "valkey", _LOCK)
#: Seconds that the children of a demo that was killed have to end.
_STRAGGLING = 12.0


class FolderBusy(Exception):
    """Another demo runs in this folder."""


@dataclass(frozen=True)
class DemoFolder:
    """The folder while it is ours; see `open_folder`."""

    path: Path
    #: The open lock. Children inherit it, so it is held until the last has ended.
    lock: int

    def log(self, name: str) -> Path:
        return self.path / "logs" / f"{name}.log"

    def secret(self, name: str) -> str:
        """A random text of 32 bytes' worth, the same in every run."""
        return self._remembered(name, lambda: secrets.token_urlsafe(32))

    def password(self, person: str) -> str:
        """A password that a person can type, the same in every run: 80 bits."""
        return self._remembered(f"password of {person}", _typable)

    def write_private(self, name: str, content: Any) -> Path:
        """Replace a JSON file that only we may read; a reader sees all or nothing."""
        path = self.path / name
        unfinished = path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w") as file:
            json.dump(content, file, indent=2)
        unfinished.replace(path)
        return path

    def forget(self) -> None:
        """Delete what a demo made here, and nothing else."""
        forget_postgres(self.path, root=os.geteuid() == 0)
        for each in (self.path / name for name in _OURS):
            if each.is_dir():
                shutil.rmtree(each)
            else:
                each.unlink(missing_ok=True)
        if not any(self.path.iterdir()):
            self.path.rmdir()

    def _remembered(self, name: str, draw: Callable[[], str]) -> str:
        path = self.path / "secrets.json"
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        if name not in known:
            known[name] = draw()
            self.write_private(path.name, known)
        return known[name]


@contextmanager
def open_folder(path: Path) -> Iterator[DemoFolder]:
    """
    The folder, made if need be, and ours alone until the block is left.

    Raises:
        FolderBusy: another demo has it.

    """
    if not path.exists():
        if os.geteuid() == 0:
            make_passable(path)
        else:
            path.mkdir(mode=0o700, parents=True)
    (path / "logs").mkdir(mode=0o700, exist_ok=True)
    lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(lock)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield DemoFolder(path, lock)
    finally:
        os.close(lock)


def _take(lock: int) -> None:
    """Lock it; what is left of a demo that was killed gets the time to end."""
    deadline = time.monotonic() + _STRAGGLING
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(lock, 20, 0).decode()
            if _runs(owner) or time.monotonic() > deadline:
                text = f"another demo runs in this folder (process {owner})"
                raise FolderBusy(text) from None
            time.sleep(0.05)


def _runs(process_id: str) -> bool:
    try:
        os.kill(int(process_id), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def _typable() -> str:
    """Letters and digits that are not taken for each other, in groups of four."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in "1234")
