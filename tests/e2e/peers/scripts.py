"""
Scripts that are an app, written with other people's libraries; the test is the person.

A script reads one line of JSON, what it is told. When the person has to go somewhere
it writes {"visit": URL} and reads {"arrived": URL, "form": FIELDS or null}: where they
ended, and the form that waits there to be sent. Last it writes {"report": ...}.
"""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

#: Seconds that a script has in all.
PATIENCE = 60

Visit = Callable[[str], Awaitable[dict[str, Any]]]


async def run(command: Sequence[str | Path], told: Any, visit: Visit) -> Any:
    """
    Run a script and return its report; if none comes, fail with its complaints.

    Args:
        command: the program, the script and its arguments.
        told: what it reads first.
        visit: takes the person to a URL and says what the script is to hear.

    """
    with tempfile.TemporaryFile() as complaints:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=complaints,
            env={},
            limit=2**20,
        )
        try:
            async with asyncio.timeout(PATIENCE):
                report = await _talk(process, told, visit)
        except TimeoutError:
            report = None
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
        if report is None:
            complaints.seek(0)
            pytest.fail(complaints.read().decode() or "no report", pytrace=False)
    return report


async def _talk(process: asyncio.subprocess.Process, told: Any, visit: Visit) -> Any:
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(told).encode() + b"\n")
    async for line in process.stdout:
        said = json.loads(line)
        if "report" in said:
            return said["report"] if await process.wait() == 0 else None
        arrived = await visit(said["visit"])
        process.stdin.write(json.dumps(arrived).encode() + b"\n")
    await process.wait()  # before anybody kills it: it is reaped once
    return None
