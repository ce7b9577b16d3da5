"""Who may import whom: arrows point down, in every service."""

import ast
import sys

import pytest

from tests.architecture.sources import (
    PACKAGES,
    called,
    calls,
    imports,
    modules,
    nodes,
    path_of,
)

STANDARD = sys.stdlib_module_names
#: What nobody needs a layer for: the composition root, and what runs it.
ROOT_MODULES = {
    "app",
    "__init__",
    "__main__",
    "background",
    "cli",
    "outside",
    "wiring",
    "provision",
    "settings",
}
#: What each room may open onto: rooms of its own package, and others' packages.
#: A room is a folder or a module at the top of a package.
MAY_IMPORT: dict[str, dict[str, set[str]]] = {
    "auth_service": {
        "protocol": {
            *("protocol", "valetkey"),
            *("cryptography", "email_validator", "jsonschema", "referencing"),
            "zxcvbn",
        },
        "ports": {"ports", "protocol", "valetkey"},
        "flows": {"flows", "ports", "protocol", "valetkey"},
        "storage": {
            *("storage", "ports", "protocol", "valetkey"),
            *("redis", "hiredis", "sqlalchemy", "psycopg", "alembic"),
            *("structlog", "pydantic"),
        },
        "crypto": {
            *("crypto", "ports", "protocol", "valetkey"),
            *("jwt", "cryptography", "argon2", "pyotp", "webauthn", "pydantic_core"),
        },
        "imaging": {"imaging", "ports", "protocol", "valetkey", "PIL"},
        "mail": {"mail", "ports", "protocol", "valetkey", "aiosmtplib", "jinja2"},
        "outbound": {"outbound", "ports", "protocol", "valetkey"},
        "web": {
            *("web", "flows", "protocol", "valetkey"),
            *("fastapi", "starlette", "jinja2", "markupsafe", "segno"),
        },
    },
    "resource_service": {
        "notes": set(),
        "storage": {"storage", "notes", "valetkey", "sqlalchemy", "alembic"},
        "web": {
            *("web", "storage", "notes", "settings", "valetkey"),
            *("fastapi", "starlette", "pydantic", "pydantic_core"),
        },
    },
    "client_demo": {
        "errors": set(),
        "oauth": {"oauth", "errors", "valetkey"},
    },
}
#: A library's users do not have our services, nor our web framework's habits: only
#: these modules of it know FastAPI or Starlette.
LIBRARY_KNOWS_THE_WEB = {
    "valetkey.asgi",
    "valetkey.bearer",
    "valetkey.direct",
    "valetkey.http",
    "valetkey.json_answer",
    "valetkey.nonce_header",
    "valetkey.openapi",
    "valetkey.problem",
    "valetkey.resource_server",
}


def room(module: str) -> str:
    """`flows` of auth_service.flows.token, `background` of auth_service.background."""
    return [*module.split("."), "__init__"][1]


def opens_onto(module: str) -> set[str]:
    """Rooms of its own package and other packages; the standard library is air."""
    package = module.partition(".")[0]
    found = set()
    for name in imports(module):
        top = name.partition(".")[0]
        if top == package:
            found.add(room(name))
        elif top not in STANDARD:
            found.add(top)
    return found


@pytest.mark.parametrize("module", modules(*MAY_IMPORT))
def test_a_room_opens_only_onto_the_rooms_below(module: str) -> None:
    package, own = module.partition(".")[0], room(module)
    rooms = MAY_IMPORT[package]
    if own not in rooms:
        assert own in ROOT_MODULES or package == "client_demo", "a room without a rule"
        return

    assert opens_onto(module) <= rooms[own]


@pytest.mark.parametrize("module", modules())
def test_no_service_imports_another(module: str) -> None:
    """At run time they meet over HTTP only; the library knows none of them."""
    package = module.partition(".")[0]
    tops = {name.partition(".")[0] for name in imports(module)}

    assert tops & set(PACKAGES) <= {package, "valetkey"}


@pytest.mark.parametrize("module", modules("valetkey"))
def test_only_the_edge_of_the_library_knows_the_web(module: str) -> None:
    """What decides about a token can be used, and tested, without a server."""
    tops = {name.partition(".")[0] for name in imports(module)}

    if module not in LIBRARY_KNOWS_THE_WEB:
        assert not tops & {"fastapi", "starlette"}


@pytest.mark.parametrize(
    "module", modules("resource_service", "client_demo", "auth_service")
)
def test_only_the_web_and_the_root_know_the_framework(module: str) -> None:
    """What a service does can be read, and used, without HTTP."""
    tops = {name.partition(".")[0] for name in imports(module)}

    if room(module) not in {"web", *ROOT_MODULES}:
        assert not tops & {"fastapi", "starlette"}
    if room(module) not in {"web", "mail", *ROOT_MODULES}:
        assert "jinja2" not in tops
        assert "web" not in opens_onto(module)


def test_there_are_no_cycles() -> None:
    """Not even ones that work by luck."""
    graph = {
        module: {name for name in imports(module) if name in known and name != module}
        for known in [set(modules())]
        for module in known
    }
    while leaves := {module for module, below in graph.items() if not below}:
        graph = {m: below - leaves for m, below in graph.items() if m not in leaves}

    assert graph == {}


@pytest.mark.parametrize("module", modules())
def test_no_import_is_hidden_from_the_reader(module: str) -> None:
    """Neither under TYPE_CHECKING nor inside of a function."""
    hidden = [
        ast.unparse(node)
        for each in nodes(module)
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.If)
        for node in ast.walk(each)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert hidden == []


PURE = [m for m in modules("auth_service") if room(m) == "protocol"]
IMPURE = {"asyncio", "os", "random", "secrets", "socket", "subprocess", "time", "uuid"}


@pytest.mark.parametrize("module", PURE)
def test_the_protocol_knows_no_clock_no_chance_and_no_world(module: str) -> None:
    """Values in, decision out: what it needs to know it is given."""
    assert not {name.partition(".")[0] for name in imports(module)} & IMPURE
    assert not {called(call) for call in calls(module)} & {"now", "today", "open"}
    assert not [n for n in nodes(module) if isinstance(n, ast.AsyncFunctionDef)]


def test_every_room_is_there() -> None:
    """A rule about a folder that was renamed would say nothing."""
    for package, rooms in MAY_IMPORT.items():
        there = {room(module) for module in modules(package)}
        assert set(rooms) <= there
    assert all(path_of(module).exists() for module in LIBRARY_KNOWS_THE_WEB)
