"""Collects every sentence that people read, and keeps the catalogues up to date.

`make languages` runs it: translate what it left empty in
`services/auth/src/auth_service/web/languages/*.po`, and run it again.
"""

import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SOURCES = Path(__file__).parent / "src/auth_service"
FOLDER = SOURCES / "web/languages"
_METHODS = [("**/*.py", "python"), ("**/*.html", "jinja2"), ("**/*.txt", "jinja2")]
_OPTIONS = {"**/*.html": {"newstyle_gettext": "true", "trimmed": "false"}}
_OPTIONS["**/*.txt"] = _OPTIONS["**/*.html"]
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "say": None}


def collected() -> Catalog:
    """Every sentence of the code and of the templates."""
    found = Catalog(project="Valetkey", charset="utf-8")
    for file, _line, message, comments, context in extract_from_dir(
        SOURCES, _METHODS, _OPTIONS, _KEYWORDS
    ):
        if file.startswith("cli/"):
            continue  # what operators type and scripts read stays as it is
        found.add(message, auto_comments=comments, context=context)
    return found


def read(path: Path) -> Catalog:
    """A catalogue as its translator left it."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def updated(path: Path, sentences: Catalog) -> Catalog:
    """A catalogue with these sentences, as there are now, and no others."""
    catalog = read(path)
    catalog.update(sentences, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def written(catalog: Catalog) -> bytes:
    """As it is kept: in the order of the alphabet, without dates."""
    out = BytesIO()
    write_po(out, catalog, width=88, sort_output=True, omit_header=True)
    return out.getvalue()


def compiled(catalog: Catalog) -> bytes:
    """As gettext reads it; the same sentences give the same bytes."""
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    out = BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def untranslated(catalog: Catalog) -> list[str]:
    """Sentences that nobody has said in this language yet."""
    return [str(m.id) for m in catalog if m.id and not all(_texts(m.string))]


def _texts(string: object) -> tuple[object, ...]:
    return string if isinstance(string, tuple) else (string,)


def main() -> int:
    """Bring every catalogue up to date; say what is missing."""
    missing, sentences = 0, collected()
    for path in sorted(FOLDER.glob("*.po")):
        catalog = updated(path, sentences)
        path.write_bytes(written(catalog))
        path.with_suffix(".mo").write_bytes(compiled(catalog))
        left = untranslated(catalog)
        missing += len(left)
        sys.stdout.write(f"{path.name}: {len(catalog)} sentences, {len(left)} empty\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
