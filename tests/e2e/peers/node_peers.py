"""Scripts for Node.js, with the packages of tests/peers/node, and their person."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import playwright

from tests.e2e.browser import Form, Page
from tests.e2e.peers import scripts
from tests.e2e.peers.python_peers import missing
from tests.e2e.peers.python_stack import Person

HERE = Path(__file__).parent
INSTALLED = HERE.parents[2] / ".cache/peers/node"
PACKAGES = INSTALLED / "node_modules"
#: The oldest Node.js that all of the packages support.
OLDEST = 22


async def run(script: str, scenario: str, person: Person, /, **told: Any) -> Any:
    """
    Run a scenario of a script of this folder and return its report.

    Args:
        script: the name of its file.
        scenario: which of those that it has.
        person: who goes where it sends them.
        told: what else it is told.

    """
    require_packages()

    async def visit(url: str) -> dict[str, Any]:
        return await _visit(person, url)

    return await scripts.run([node(), HERE / script, scenario], told, visit)


def require_packages() -> None:
    """Skip the test where they could not be installed; fail it where they must be."""
    if not (INSTALLED / "installed").exists():
        missing("no .cache/peers/node: see tests/install-peers.sh")


async def _visit(person: Person, url: str) -> dict[str, Any]:
    """Open an address, answer what our pages ask; what was reached."""
    answers = {
        "/login": {"identifier": "alice", "password": person.password},
        "/consent": {"action": "allow"},
        "/device": {"action": "allow"},
        "/oauth/logout/confirm": {"action": "sign_out"},
    }
    page = await person.browser.get(url)
    for _ in range(6):
        form = next((f for f in page.forms if _path(f) in answers), None)
        if form is None:
            break
        path = _path(form)
        person.seen.append(path)
        page = await person.browser.send(page, path, **answers[path])
    assert page.response.status_code < 400, page.response.text
    return _arrived(page, person.browser.known)


def _arrived(page: Page, known: set[str]) -> dict[str, Any]:
    """An address, and with it the form that would be posted to it (form_post)."""
    for form in page.forms:
        if urlsplit(form.action).netloc not in {"", *known}:
            return {"arrived": form.action, "form": form.fields}
    return {"arrived": page.url, "form": None}


def _path(form: Form) -> str:
    return urlsplit(form.action).path


@cache
def node() -> str:
    """Node.js: `NODE`, else the system's if it is new enough, else Playwright's."""
    if told := os.environ.get("NODE"):
        return told
    found = shutil.which("node")
    if found and _major(found) >= OLDEST:
        return found
    return str(Path(playwright.__file__).with_name("driver") / "node")


def _major(node: str) -> int:
    version = subprocess.check_output([node, "--version"], text=True, timeout=10)
    return int(version.removeprefix("v").partition(".")[0])
