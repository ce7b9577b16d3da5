"""Unit tests are what every commit waits for: none of them waits for a server."""

import ast

from tests.architecture.sources import ROOT

#: What tests/conftest.py starts a PostgreSQL or a Valkey for.
STARTED = {"servers", "new_database", "postgres_url", "redis_url"}


def test_no_unit_test_asks_for_a_server() -> None:
    """One that needs it belongs in tests/contract."""
    asking = {
        f"{path.relative_to(ROOT)}: {each.name}"
        for path in (ROOT / "tests/unit").rglob("*.py")
        for each in ast.walk(ast.parse(path.read_text()))
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
        if {one.arg for one in (*each.args.args, *each.args.kwonlyargs)} & STARTED
    }

    assert asking == set()
