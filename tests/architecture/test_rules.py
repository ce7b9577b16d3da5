"""Rules that a reader may rely on without reading everything."""

import ast

import pytest

from tests.architecture.sources import (
    called,
    calls,
    imports,
    modules,
    nodes,
    path_of,
    tree,
)

AUTH = "auth_service"


def where(name: str) -> set[str]:
    """The modules in which something of this name is called."""
    return {
        module
        for module in modules()
        if any(called(call) == name for call in calls(module))
    }


def read_back(*names: str) -> set[str]:
    """The modules that make such a value from what a store kept: `Json(Name)`."""
    return {
        module
        for module in modules()
        for call in calls(module)
        if called(call) == "Json" and {ast.unparse(a) for a in call.args} & set(names)
    }


def test_a_reply_address_is_made_only_where_it_is_proven() -> None:
    """Code that holds none cannot redirect (RFC 6749 section 4.1.2.1)."""
    assert where("ReplyAddress") == {f"{AUTH}.protocol.reply"}
    assert read_back("ReplyAddress", "AuthorizationRequest", "Waiting") == {
        f"{AUTH}.storage.redis.pushed_requests",
        f"{AUTH}.storage.redis.waiting_requests",
    }


def test_after_logout_is_made_only_where_it_is_proven() -> None:
    assert where("AfterLogout") == {f"{AUTH}.protocol.logout_request"}


@pytest.mark.parametrize(
    ("name", "maker"),
    [
        ("ReplyAddress", "match_reply_address"),
        ("AfterLogout", "match_after_logout"),
    ],
)
def test_one_function_of_the_protocol_makes_the_proof(name: str, maker: str) -> None:
    makers = {
        function.name
        for module in modules(AUTH)
        if module.startswith(f"{AUTH}.protocol.")
        for function in nodes(module)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and called(node) == name
    }

    assert makers == {maker}


def test_the_code_verifier_is_checked_in_one_place() -> None:
    """A stranger who looks for the word finds the rule, and the arithmetic of it."""
    read = {
        module
        for module in modules(AUTH)
        for node in nodes(module)
        if isinstance(node, ast.Constant) and node.value == "code_verifier"
    }

    # Developers are told that it came, and nothing reads it there.
    assert read - {f"{AUTH}.protocol.refusal"} == {f"{AUTH}.protocol.code_grant"}
    assert where("is_code_verifier") == {f"{AUTH}.protocol.code_grant"}
    importers = {m for m in modules(AUTH) if "valetkey.pkce" in imports(m)}
    # The others read the code_challenge, and play the app in a test login.
    others = {f"{AUTH}.protocol.authorization_request", f"{AUTH}.flows.try_app"}
    assert importers - others == {f"{AUTH}.protocol.code_grant"}


@pytest.mark.parametrize("module", modules())
def test_every_module_says_what_it_is(module: str) -> None:
    """In its first line, which ends as a sentence or goes on below."""
    text = path_of(module).read_text()
    if not text.strip():
        pytest.fail("an empty module says nothing")

    assert ast.get_docstring(tree(module))
    assert text.startswith('"""')


BELOW_THE_WEB = [m for m in modules(AUTH) if not m.startswith(f"{AUTH}.web")]


@pytest.mark.parametrize("module", BELOW_THE_WEB)
def test_refusals_are_raised_in_the_words_of_the_specification(module: str) -> None:
    """Rules and flows refuse as OAuth does; how that looks is the web's business."""
    raised = {
        called(node.exc) if isinstance(node.exc, ast.Call) else ast.unparse(node.exc)
        for node in nodes(module)
        if isinstance(node, ast.Raise) and node.exc is not None
    }

    assert not raised & {"HTTPException", "RequestValidationError"}


@pytest.mark.parametrize("module", modules())
def test_the_environment_is_read_in_one_place(module: str) -> None:
    """`valetkey.settings` reads it; a service's settings are what it is told."""
    reads = [
        node
        for node in nodes(module)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]

    assert not reads or module == "valetkey.settings"


@pytest.mark.parametrize("module", modules())
def test_nothing_is_called_utils(module: str) -> None:
    """A file is about a subject, and its name says which."""
    nothing = {"utils", "util", "helpers", "common", "misc", "base", "manager"}

    assert not nothing & set(module.split("."))


@pytest.mark.parametrize("module", modules())
def test_no_redirect_repeats_a_post(module: str) -> None:
    """303 and never 307: RFC 9700 section 4.12; Starlette's default is 307."""
    for call in calls(module):
        if called(call) == "RedirectResponse":
            statuses = [ast.unparse(a) for a in call.args[1:]]
            statuses += [
                ast.unparse(k.value) for k in call.keywords if k.arg == "status_code"
            ]
            assert statuses[:1] in (["303"], ["status"]), ast.unparse(call)
