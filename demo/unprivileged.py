"""
PostgreSQL for root.

PostgreSQL refuses to run as root, and `nobody` cannot look into root's folders. So
its programs and its data stand in a folder of ours that anybody may pass through
(0711) and nobody but root may list: the demo's own, or one under /var/lib where the
demo's cannot be reached. No user is added, and no mode changes of what is not ours.
"""

import contextlib
import hashlib
import os
import shutil
import stat
from pathlib import Path

from demo.binaries import PostgresPrograms

#: Whom PostgreSQL runs as when we are root.
NOBODY = "nobody"
ELSEWHERE = Path("/var/lib/valetkey-demo")


def postgres_home(folder: Path, *, root: bool) -> Path:
    """The folder that PostgreSQL's programs and data live in; not yet made."""
    if not root or _anybody_may_pass(folder):
        return folder / "postgres"
    return ELSEWHERE / hashlib.sha256(bytes(folder)).hexdigest()[:16]


def forget_postgres(folder: Path, *, root: bool) -> None:
    """Delete PostgreSQL's home, wherever it is."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(postgres_home(folder, root=root))
    with contextlib.suppress(OSError):  # other demos are there, or it is not ours
        ELSEWHERE.rmdir()


def make_passable(folder: Path) -> None:
    """Make a folder that anybody may pass through. One that exists stays as it is."""
    for each in (*reversed(folder.parents), folder):
        if not each.exists():
            each.mkdir()
            each.chmod(0o711)


def within_reach(programs: PostgresPrograms, home: Path) -> Path:
    """
    The folder of PostgreSQL's programs, where `nobody` can run them.

    A wheel's are hard-linked below `home`, or copied where that is another file
    system or where they are closed to others. A system's own are open to all.
    """
    if not programs.parts:
        return programs.folder
    shared = Path(os.path.commonpath(programs.parts))
    state = programs.folder.joinpath("postgres").stat()
    copy = home / f"programs-{state.st_size:x}-{state.st_mtime_ns:x}"
    if not copy.exists():
        unfinished = home / "programs-unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in programs.parts:
            _link_tree(part, unfinished / part.relative_to(shared))
        unfinished.rename(copy)
    return copy / programs.folder.relative_to(shared)


def _link_tree(source: Path, target: Path) -> None:
    _open_folder(target)
    for entry in source.iterdir():
        into = target / entry.name
        if entry.is_symlink():
            into.symlink_to(entry.readlink())
        elif entry.is_dir():
            _link_tree(entry, into)
        else:
            _link_file(entry, into)


def _open_folder(folder: Path) -> None:
    if not folder.parent.exists():
        _open_folder(folder.parent)
    folder.mkdir()
    folder.chmod(0o755)


def _link_file(source: Path, target: Path) -> None:
    mode = stat.S_IMODE(source.stat().st_mode)
    for_all = mode | (0o555 if mode & stat.S_IXUSR else 0o444)
    try:
        if mode == for_all:
            target.hardlink_to(source)
            return
    except OSError:
        pass  # another file system, or one without hard links
    shutil.copyfile(source, target)
    target.chmod(for_all)


def _anybody_may_pass(folder: Path) -> bool:
    return all(
        not each.exists() or each.stat().st_mode & stat.S_IXOTH
        for each in (folder, *folder.parents)
    )
