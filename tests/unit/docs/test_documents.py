"""The documents agree with the tree: links, paths, test ids, settings, diffs."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import auth_service.settings
import client_demo.settings
import resource_service.settings
from valetkey.settings import ServiceSettings

ROOT = Path(__file__).parents[3]
PACKAGES = [
    "services/auth/src/auth_service",
    "services/resource/src/resource_service",
    "services/client-demo/src/client_demo",
    "shared/src/valetkey",
]
SERVICES: dict[str, type[ServiceSettings]] = {
    "auth": auth_service.settings.Settings,
    "resource": resource_service.settings.Settings,
    "client-demo": client_demo.settings.Settings,
}

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_SPAN = re.compile(r"`([^`\n]+)`")
#: What may be a path of ours: no URL, no command, no glob, no setting.
_PATH = re.compile(r"(\.?[a-z][\w-]*)(/[\w.-]+)*/([\w-]+\.[\w.]+|[\w-]+)?")
_ID = re.compile(r"\b[A-Z]{1,2}[0-9]{1,2}\b")


def documents() -> list[Path]:
    """Every document of the repository, and none of what is installed in it."""
    folders = ["", "docs/**/", "services/*/", "shared/", "bench/"]
    found = [path for each in folders for path in ROOT.glob(f"{each}*.md")]
    return sorted(set(found))


each_document = pytest.mark.parametrize(
    "document", documents(), ids=lambda path: str(path.relative_to(ROOT))
)


def _prose(document: Path) -> str:
    return _FENCE.sub("", document.read_text(encoding="utf-8"))


def _anchors(document: Path) -> set[str]:
    """The names that a heading gets: lower case, dashes for spaces, no marks."""
    headings = re.findall(r"^#+ (.+)$", _prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h).lower().replace(" ", "-") for h in headings}


@each_document
def test_every_link_leads_somewhere(document: Path) -> None:
    for link in _LINK.findall(_prose(document)):
        if re.match(r"https?://", link):
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document

        assert target.exists(), link
        assert not anchor or anchor in _anchors(target), link


@each_document
def test_every_path_in_backticks_exists(document: Path) -> None:
    """From the root, from the document, inside a package or as Python imports it."""
    packages = [ROOT / package for package in PACKAGES]
    bases = [ROOT, document.parent, *packages, *(each.parent for each in packages)]
    for span in _SPAN.findall(_prose(document)):
        if _is_path(span):
            assert any((base / span).exists() for base in bases), span


def _is_path(span: str) -> bool:
    """A file, a folder with its slash, or anything in a folder of the root."""
    found = _PATH.fullmatch(span)
    if found is None:
        return False
    return "." in (found[3] or ".") or (ROOT / found[1]).is_dir()


def test_example_settings_and_licence_are_there() -> None:
    for name in (".env.example", "LICENSE"):
        assert (ROOT / name).is_file()


@pytest.mark.parametrize("name", ["docs/threat-model.md", "docs/rfc-map.md"])
def test_every_id_has_a_test(name: str) -> None:
    tests = "\n".join(p.read_text() for p in (ROOT / "tests").rglob("test_*.py"))
    names = re.findall(r"def test_((?:[A-Z]{1,2}[0-9]{1,2}_)+)", tests)
    tested = {one for each in names for one in each.split("_")}
    told = set(_ID.findall(_last_columns((ROOT / name).read_text())))

    assert told
    assert told <= tested, sorted(told - tested)


def _last_columns(text: str) -> str:
    rows = re.findall(r"^\|.*\|$", text, re.MULTILINE)
    return "\n".join(row.split("|")[-2] for row in rows)


@pytest.mark.parametrize("service", SERVICES)
def test_operating_lists_every_setting_with_its_default(service: str) -> None:
    """Its own table, and that of every service, are the fields of its class."""
    settings = SERVICES[service]
    common = _table("Every service")
    common["PORT"] = str(settings.model_fields["port"].default)
    told = common | _table(service)
    fields = settings.model_fields.items()

    assert {name.upper(): _written(field) for name, field in fields} == told


def test_the_ports_of_all_services_are_told() -> None:
    ports = [s.model_fields["port"].default for s in SERVICES.values()]

    assert _table("Every service")["PORT"] == ", ".join(map(str, ports))


def _table(heading: str) -> dict[str, str]:
    """Names and defaults of the table under a heading of operating.md."""
    text = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    section = text.partition(f"\n### {heading}\n")[2].partition("\n#")[0]
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \|", section, re.MULTILINE)
    return {name: default.replace("`", "").strip() for name, default in rows}


def _written(field: Any) -> str:
    if field.is_required():
        return "required"
    if field.default in {None, ""}:
        return "none"
    if isinstance(field.default, bool):
        return str(field.default).lower()
    return f"{field.default:g}" if type(field.default) is float else str(field.default)


def _diffs() -> Iterator[tuple[str, str]]:
    """Each added line of the diffs in adding-a-grant.md, and the file it is in."""
    text = (ROOT / "docs/adding-a-grant.md").read_text(encoding="utf-8")
    for diff in re.findall(r"^```diff\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        name = ""
        for line in diff.splitlines():
            if line.startswith("+++ b/"):
                name = line.removeprefix("+++ b/")
            elif line.startswith(("+", " ")):
                yield name, line[1:]


def test_the_diffs_are_what_stands_in_the_code() -> None:
    found = list(_diffs())

    assert len(found) > 30
    for name, line in found:
        assert line in (ROOT / name).read_text(encoding="utf-8").splitlines(), line


async def test_the_guides_and_the_readmes_programs_run() -> None:
    """Each document's Python blocks in order, as one program; then its test."""
    for name in ("README.md", "docs/protecting-an-api.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        program: dict[str, Any] = {}
        for number, block in enumerate(blocks):
            exec(compile(block, f"{name}, block {number}", "exec"), program)
        for test in [each for part, each in program.items() if part[:5] == "test_"]:
            await test()

        assert blocks
        assert "test_each_person_has_their_own_notes" in program or name == "README.md"


def checks() -> Iterator[tuple[str, str]]:
    """Files, and lines that are said to hold a check in them."""
    text = (ROOT / "docs/performance.md").read_text()
    held = text.partition("## No check was taken away")[2].partition("\n## ")[0]
    for row in re.finditer(r"^\| .* \| `([^`]+)` \| `([^`]+)` \|$", held, re.MULTILINE):
        yield row[1], row[2].replace("\\|", "|")


@pytest.mark.parametrize(("file", "line"), [*checks()])
def test_the_line_that_holds_a_check_is_there(file: str, line: str) -> None:
    assert line in map(str.strip, (ROOT / file).read_text().splitlines())


def test_checks_are_named() -> None:
    assert len(list(checks())) > 20
