"""The end of a peer script that talks with its test; see `scripts.py`."""

import json
import sys
from typing import Any


def hear() -> Any:
    """What the test tells us; the first thing to do, and once."""
    return json.loads(sys.stdin.readline())


def visit(url: str) -> str:
    """Send the person there, and learn where they ended."""
    _say(visit=url)
    arrived: str = json.loads(sys.stdin.readline())["arrived"]
    return arrived


def report(**seen: Any) -> None:
    """Tell the test what came out; the last thing to do."""
    _say(report=seen)


def _say(**what: Any) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()
