"""What the demo remembers, and that only one runs at a time."""

import json
import stat
from pathlib import Path

import pytest

from demo.folder import FolderBusy, open_folder


def test_secrets_are_drawn_once_and_differ(tmp_path: Path) -> None:
    with open_folder(tmp_path / "demo") as folder:
        first = folder.secret("a"), folder.secret("b"), folder.password("alice")
    with open_folder(tmp_path / "demo") as folder:
        second = folder.secret("a"), folder.secret("b"), folder.password("alice")

    assert first == second
    assert len(set(first)) == 3


def test_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    with open_folder(tmp_path / "demo") as folder:
        folder.secret("a")
        path = folder.write_private("demo.json", {"users": []})

    assert json.loads(path.read_text()) == {"users": []}
    for each in (path, path.with_name("secrets.json")):
        assert stat.S_IMODE(each.stat().st_mode) == 0o600


def test_a_second_demo_in_the_folder_is_refused(tmp_path: Path) -> None:
    with (
        open_folder(tmp_path / "demo"),
        pytest.raises(FolderBusy, match="another demo runs in this folder"),
        open_folder(tmp_path / "demo"),
    ):
        pass


def test_forgetting_leaves_what_is_not_the_demos(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with open_folder(tmp_path) as folder:
        folder.secret("a")
        folder.log("auth_service").write_text("line")
        folder.forget()

    assert [each.name for each in tmp_path.iterdir()] == ["letter.txt"]


def test_forgetting_removes_a_folder_that_is_empty_then(tmp_path: Path) -> None:
    with open_folder(tmp_path / "demo") as folder:
        folder.forget()

    assert not (tmp_path / "demo").exists()
