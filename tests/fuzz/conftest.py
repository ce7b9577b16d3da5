"""What the fuzz tests share: a loop to send on; at the end, how much was sent."""

import asyncio
from collections.abc import Iterator

import hypothesis.core
import pytest
from hypothesis.vendor import pretty

from tests.fuzz.budget import SENT, STATUSES


@pytest.fixture(autouse=True)
def _values_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Schemathesis takes the values out of Hypothesis's reports; put them back."""
    printer = pretty.RepresentationPrinter
    monkeypatch.setattr(hypothesis.core, "RepresentationPrinter", printer)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """
    The event loop that a module's service lives on.

    The tests are not coroutines, because Hypothesis leaves a test in the middle of a
    case when it has drawn enough, and no coroutine may be left so.
    """
    with asyncio.Runner() as runner:
        yield runner


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many requests each service got, and what it answered."""
    if not SENT:
        return
    terminalreporter.section("fuzz")
    for service, count in SENT.items():
        said = {s: n for (name, s), n in sorted(STATUSES.items()) if name == service}
        told = " ".join(f"{status}:{n}" for status, n in said.items())
        terminalreporter.write_line(f"{count:7} requests to {service:12} {told}")
    terminalreporter.write_line(f"{SENT.total():7} requests in all")
