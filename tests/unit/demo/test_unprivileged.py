"""PostgreSQL for root: as nobody, and nothing changes that is not ours."""

import stat
from pathlib import Path

import pytest

from demo.binaries import PostgresPrograms
from demo.unprivileged import (
    ELSEWHERE,
    make_passable,
    postgres_home,
    within_reach,
)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def wheel(tmp_path: Path) -> PostgresPrograms:
    """Two folders as a wheel has them; one file in it is closed to others."""
    programs, libraries = tmp_path / "wheel/a/bin", tmp_path / "wheel/a.libs"
    for folder in (programs, libraries):
        folder.mkdir(parents=True)
    (programs / "postgres").touch(mode=0o755)
    (libraries / "libpq.so").write_text("library")
    (libraries / "libpq.so").chmod(0o600)
    (libraries / "libpq.so.5").symlink_to("libpq.so")
    return PostgresPrograms(programs, (programs, libraries))


def test_an_ordinary_user_keeps_everything_in_the_demos_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)

    assert postgres_home(tmp_path, root=False) == tmp_path / "postgres"


def test_root_goes_elsewhere_when_nobody_cannot_pass(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    home = postgres_home(closed / "demo", root=True)

    assert home.parent == ELSEWHERE
    assert home != postgres_home(closed / "other", root=True)


def test_only_folders_that_we_make_get_a_mode(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir(mode=0o700)

    make_passable(there / "ours/home")

    assert _mode(there) == 0o700
    assert _mode(there / "ours") == _mode(there / "ours/home") == 0o711


def test_programs_are_linked_where_they_are_open_to_others(
    wheel: PostgresPrograms, tmp_path: Path
) -> None:
    found = within_reach(wheel, tmp_path)

    assert found.is_relative_to(tmp_path)
    assert (found / "postgres").samefile(wheel.folder / "postgres")


def test_what_is_closed_to_others_is_copied_and_stays_closed(
    wheel: PostgresPrograms, tmp_path: Path
) -> None:
    source = wheel.parts[1] / "libpq.so"

    found = within_reach(wheel, tmp_path)

    copy = next(found.parents[1].glob("a.libs/libpq.so"))
    assert (_mode(source), _mode(copy)) == (0o600, 0o644)
    assert copy.read_text() == "library"
    assert copy.with_name("libpq.so.5").readlink() == Path("libpq.so")


def test_a_systems_own_programs_stay_where_they_are(tmp_path: Path) -> None:
    assert within_reach(PostgresPrograms(Path("/bin")), tmp_path) == Path("/bin")
