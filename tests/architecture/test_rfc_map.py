"""docs/rfc-map.md is true: each row's files cite its sections, and its tests exist."""

import re
from dataclasses import dataclass
from functools import cache

import pytest

from tests.architecture.sources import ROOT

#: The names by which a specification is cited.
NAMES = {
    "Core": "OIDC Core|OpenID Connect Core",
    "Discovery": "OIDC Discovery|OpenID Connect Discovery",
    "Prompt Create": "Prompt Create",
    "Unmet Authentication Requirements": "Unmet Authentication Requirements",
    "Back-Channel Logout": "Back-Channel Logout",
    "FAPI": "FAPI 2",
    "Form Post": "Form Post Response Mode",
    "JARM": "JARM",
    "Logout": "RP-Initiated Logout",
    "Multiple Response Types": "Multiple Response Types",
    "Registration": "OpenID Connect (?:Dynamic Client )?Registration",
    "Documents": "client ID metadata documents|client-id-metadata-document",
}
_SECTION = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_ID = re.compile(r"\b[A-Z]{1,2}[0-9]{1,2}\b")
_SPAN = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Row:
    """One line of the map."""

    specification: str
    sections: tuple[str, ...]
    files: tuple[str, ...]
    tests: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.specification}-{'-'.join(self.sections)}"


def rows() -> list[Row]:
    """Every row; one that cannot be read fails here, for all of them."""
    found, heading = [], ""
    for line in (ROOT / "docs/rfc-map.md").read_text().splitlines():
        if line.startswith("## "):
            heading = line
        if line.startswith("| ") and not line.startswith("| Section"):
            section, _what, files, tests = line.strip("| ").split(" | ")
            found.append(
                Row(
                    specification=_specification(section, heading),
                    sections=tuple(_numbers(section)),
                    files=tuple(_SPAN.findall(files)),
                    tests=(*_SPAN.findall(tests), *_ID.findall(_SPAN.sub("", tests))),
                )
            )
    return found


def _numbers(section: str) -> list[str]:
    return [n for n in _SECTION.findall(section) if not re.fullmatch("[0-9]{4}", n)]


def _specification(section: str, heading: str) -> str:
    """A row names its own where the heading has several."""
    own = re.match(rf"([0-9]{{4}}|{'|'.join(NAMES)}) ", section)
    named = own or re.search(r"RFC ([0-9]{4})|OpenID Connect (Core)|(FAPI)", heading)
    assert named, heading
    return next(filter(None, named.groups()))


ROWS = rows()


def test_the_map_has_what_the_server_is_made_of() -> None:
    mapped = {row.specification for row in ROWS}

    assert mapped >= {"6749", "7636", "9207", "9700", "9068", "7662", "7009", "8414"}
    assert mapped >= {"Core", "Discovery", "Logout"}
    assert all(row.sections and row.files and row.tests for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_section_is_cited_where_it_is_done(row: Row) -> None:
    """Next to the line that enforces it, in a file of the row."""
    text = " ".join(" ".join((ROOT / file).read_text().split()) for file in row.files)
    specification = NAMES.get(row.specification, f"RFC {row.specification}")

    assert re.search(specification, text), f"{row.files} do not name it"
    for section in row.sections:
        number = rf"{re.escape(section)}(?![.]?[0-9])"
        before = "sections?|s\\.|,|and|to|Core|Logout|Mode|Types|JARM|Profile|[0-9]{4}"
        cited = rf"(?:{before}) ?{number}"
        assert re.search(cited, text), f"section {section} is not cited"


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_row_has_its_tests(row: Row) -> None:
    for test in row.tests:
        there = (ROOT / test).exists() if "/" in test else test in ids_of_tests()
        assert there, test


@cache
def ids_of_tests() -> set[str]:
    """Every id that a test is named after."""
    names = (
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(
            r"def test_((?:[A-Z]{1,2}[0-9]{1,2}_)+)", path.read_text()
        )
    )
    return {each for name in names for each in name.split("_") if each}
