"""Our own sources, read as syntax trees."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Each package of ours, and where it is.
PACKAGES = {
    "valetkey": ROOT / "shared/src/valetkey",
    "auth_service": ROOT / "services/auth/src/auth_service",
    "resource_service": ROOT / "services/resource/src/resource_service",
    "client_demo": ROOT / "services/client-demo/src/client_demo",
}


def modules(*packages: str) -> list[str]:
    """The dotted names of every module of these packages, or of all."""
    return [
        name
        for package in packages or PACKAGES
        for name in sorted(_files(package))
        if ".migrations" not in name
    ]


@cache
def _files(package: str) -> dict[str, Path]:
    folder = PACKAGES[package]
    found = {}
    for path in folder.rglob("*.py"):
        parts = [package, *path.relative_to(folder).with_suffix("").parts]
        found[".".join(p for p in parts if p != "__init__")] = path
    return found


def path_of(module: str) -> Path:
    return _files(module.partition(".")[0])[module]


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(path_of(module).read_text(), str(path_of(module)))


@cache
def nodes(module: str) -> tuple[ast.AST, ...]:
    """All that a module is made of; hundreds of tests ask for the same one."""
    return tuple(ast.walk(tree(module)))


@cache
def imports(module: str) -> frozenset[str]:
    """Every module that this one imports, by its full name, wherever it does so."""
    return frozenset(_imports(module))


def _imports(module: str) -> Iterator[str]:
    for node in nodes(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import"
            yield from (_named(str(node.module), alias.name) for alias in node.names)


def _named(module: str, name: str) -> str:
    """`from a import b` names a.b where that is a module of ours, else a."""
    package = module.partition(".")[0]
    submodule = f"{module}.{name}"
    ours = package in PACKAGES and submodule in _files(package)
    return submodule if ours else module


@cache
def calls(module: str) -> tuple[ast.Call, ...]:
    return tuple(node for node in nodes(module) if isinstance(node, ast.Call))


def called(call: ast.Call) -> str:
    """The last word of what is called: `f` in `a.b.f(...)`."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
