"""The lock names what the manifests ask for, and nothing of ours or of a machine's."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[3]
MANIFESTS = [
    ROOT / "pyproject.toml",
    ROOT / "shared/pyproject.toml",
    *sorted(ROOT.glob("services/*/pyproject.toml")),
]
OURS = {"valetkey", "valetkey-auth", "valetkey-resource", "valetkey-client-demo"}
_LOCKED = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)", re.MULTILINE)


def _locked(file: str) -> dict[str, Version]:
    text = (ROOT / file).read_text()
    return {
        found["name"]: Version(found["version"]) for found in _LOCKED.finditer(text)
    }


def _asked_for(*, demo: bool, dev: bool) -> Iterator[Requirement]:
    for manifest in MANIFESTS:
        content = tomllib.loads(manifest.read_text())
        lines = [
            *content["project"]["dependencies"],
            *content.get("build-system", {}).get("requires", ()),
        ]
        if demo:
            lines += content["project"].get("optional-dependencies", {}).get("demo", ())
        if dev:
            lines += content.get("dependency-groups", {}).get("dev", ())
        yield from (Requirement(line) for line in lines)


@pytest.mark.parametrize(
    ("file", "demo", "dev"),
    [
        ("requirements.txt", False, False),
        ("requirements-demo.txt", True, False),
        ("requirements-dev.txt", True, True),
    ],
)
def test_the_lock_is_current(file: str, demo: bool, dev: bool) -> None:
    locked = _locked(file)

    stale = [
        str(asked)
        for asked in _asked_for(demo=demo, dev=dev)
        if (name := canonicalize_name(asked.name)) not in OURS
        and (name not in locked or locked[name] not in asked.specifier)
    ]

    assert not stale, "run `make lock`"


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-demo.txt"])
def test_the_smaller_locks_hold_the_same_versions(file: str) -> None:
    assert _locked(file).items() <= _locked("requirements-dev.txt").items()


@pytest.mark.parametrize("file", sorted(ROOT.glob("requirements*.txt")))
def test_a_lock_holds_versions_and_hashes_only(file: Path) -> None:
    version = r"[a-z0-9-]+==\S+( ; [^/@]+)? \\"
    digest = r"    --hash=sha256:[0-9a-f]{64}( \\)?"
    for line in file.read_text().splitlines():
        assert re.fullmatch(f"{version}|{digest}", line), line
    assert not OURS & _locked(file.name).keys()
