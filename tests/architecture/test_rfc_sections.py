"""docs/rfc-map.md is complete: each section with a MUST has a row, or a reason."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT
from tests.architecture.test_rfc_map import ROWS


@dataclass(frozen=True)
class Sections:
    """
    The sections of a specification that have a MUST, SHALL or REQUIRED.

    Attributes:
        specification: as the rows of the map are grouped.
        sections: their numbers.
        not_ours: why some of them ask nothing of us.

    """

    specification: str
    sections: list[str]
    not_ours: dict[str, str]

    def __str__(self) -> str:
        return self.specification


def read(path: Path) -> Sections:
    """One file of the folder `sections`."""
    return Sections(**tomllib.loads(path.read_text()))


ALL = [read(p) for p in sorted((ROOT / "tests/architecture/sections").glob("*.toml"))]
each = pytest.mark.parametrize("wanted", ALL, ids=str)


def test_each_specification_of_the_map_has_its_list() -> None:
    assert {wanted.specification for wanted in ALL} == {r.specification for r in ROWS}
    assert len({wanted.specification for wanted in ALL}) == len(ALL)


@each
def test_each_section_with_a_must_has_a_row_or_a_reason(wanted: Sections) -> None:
    rows = [row for row in ROWS if row.specification == wanted.specification]
    mapped = {section for row in rows for section in row.sections}
    assert sorted(set(wanted.sections)) == sorted(wanted.sections)
    assert set(wanted.sections) - mapped == wanted.not_ours.keys()


@each
def test_each_reason_says_something(wanted: Sections) -> None:
    assert all(len(reason.split()) > 2 for reason in wanted.not_ours.values())
