"""Scripts for Python, with the packages of tests/peers/python in their own venv."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.peers import scripts
from tests.e2e.peers.python_stack import Person

HERE = Path(__file__).parent
VENV = HERE.parents[2] / ".cache/peers/python"
PYTHON = VENV / "bin/python"


async def run(script: str, person: Person | None = None, /, **told: Any) -> Any:
    """
    Run a script of this folder and return its report.

    Args:
        script: the name of its file.
        person: who goes where it sends them.
        told: what it is told.

    """
    require_packages()

    async def visit(url: str) -> dict[str, Any]:
        assert person, "it sends somebody somewhere, and there is nobody"
        return {"arrived": (await person.visit(url)).url}

    return await scripts.run([PYTHON, HERE / script], told, visit)


def require_packages() -> None:
    """Skip the test where they could not be installed; fail it where they must be."""
    if not (VENV / "installed").exists():
        missing("no .cache/peers/python: see tests/peers/install-python.sh")


def missing(what: str) -> None:
    """Skip the test, or fail it where it must run."""
    if os.environ.get("CI") == "true" or os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(what)
    pytest.skip(what)
