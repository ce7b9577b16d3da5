"""The program that keeps the catalogues, as tests use it."""

import importlib.util
from pathlib import Path
from types import ModuleType

_PROGRAM = Path(__file__).parents[2] / "services/auth/translate.py"
FOLDER = _PROGRAM.parent / "src/auth_service/web/languages"


def tool() -> ModuleType:
    """What `make languages` runs; it is no part of the service."""
    spec = importlib.util.spec_from_file_location("translate", _PROGRAM)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
