"""Logs are JSON lines without secrets, and never stop the service."""

import json
import subprocess
import sys
from typing import Any

import pytest

from valetkey.logs import SECRET_FIELDS, _redact

_START = """
import logging, sys
from valetkey.logs import configure_logs, get_logger
configure_logs({level!r})
log = get_logger("auth_service.test")
{code}
logging.getLogger().handlers[0].queue.join()
"""


def run(code: str, level: str = "info") -> list[dict[str, Any]]:
    """What a process with our logs writes, line by line."""
    program = _START.format(code=code, level=level)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, timeout=30
    )
    assert done.stderr == b""
    assert done.stdout.isascii()
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def test_a_line_has_its_event_fields_level_and_time() -> None:
    (line,) = run("log.info('refused', error='invalid_grant', status=400)")
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "refused",
        "error": "invalid_grant",
        "status": 400,
        "level": "info",
    }


def test_HT07_control_characters_stay_inside_their_line() -> None:
    sent = "\x1b[2J\r\nforged\u2028\x00é\ud800"
    lines = run(f"log.info('answered', path={sent!r})")
    assert [line["path"] for line in lines] == [sent]


@pytest.mark.parametrize("field", sorted(SECRET_FIELDS))
def test_CA20_a_secret_that_is_passed_by_mistake_is_redacted(field: str) -> None:
    redacted = _redact(None, "info", {field: "canary", "event": "x"})
    assert redacted == {field: "[redacted]", "event": "x"}


def test_CA20_a_redacted_field_stands_so_in_its_line() -> None:
    (line,) = run("log.info('refused', client_secret='canary', detail='wrong')")
    assert (line["client_secret"], line["detail"]) == ("[redacted]", "wrong")


def test_CA20_libraries_say_no_more_than_warnings() -> None:
    lines = run(
        "logging.getLogger('httpx').info('GET https://x.example/?code=canary')\n"
        "logging.getLogger('sqlalchemy.engine').info('SELECT')\n"
        "logging.getLogger('httpx').warning('told')",
        level="debug",
    )
    assert [line["event"] for line in lines] == ["told"]


def test_an_exception_stands_in_its_line() -> None:
    (line,) = run(
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    log.exception('failed')"
    )
    assert "ZeroDivisionError" in line["exception"]


def test_F31_a_reader_that_stopped_does_not_stop_the_service() -> None:
    """Nobody reads the pipe: what does not fit is dropped, and counted."""
    program = _START.format(
        level="info",
        code=(
            "for n in range(40_000): log.info('line', n=n, filler='x' * 100)\n"
            "print(logging.getLogger().handlers[0].dropped, file=sys.stderr)\n"
            "sys.stderr.flush()\n"
            "import os; os._exit(0)"
        ),
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.wait(timeout=30) == 0
        assert process.stderr is not None
        assert int(process.stderr.read()) > 10_000
