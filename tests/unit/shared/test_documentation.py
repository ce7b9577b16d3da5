"""The library's README and examples are programs that run."""

import inspect
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parents[3] / "shared"

CODE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


async def test_every_block_of_the_readme_runs() -> None:
    """In order, as one program, and the tests that it has."""
    program: dict[str, Any] = {}
    tests: list[str] = []
    blocks = CODE.findall((SHARED / "README.md").read_text())
    for number, block in enumerate(blocks):
        exec(compile(block, f"README.md, block {number}", "exec"), program)
        for test in re.findall(r"^async def (test_\w+)", block, re.MULTILINE):
            await program[test]()
            tests.append(test)

    assert len(blocks) == 10
    assert len(tests) == 2


async def test_the_examples_test_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(SHARED / "examples")
    program = runpy.run_path(str(SHARED / "examples/test_protected_api.py"))

    tests = [each for name, each in program.items() if name.startswith("test_")]
    for test in tests:
        assert inspect.iscoroutinefunction(test)
        await test()

    assert len(tests) == 1
