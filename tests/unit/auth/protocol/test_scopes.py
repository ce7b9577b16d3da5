"""Which scopes can be read, and which resource they lead to."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth_service.protocol.scopes import read_scopes, target, write_scopes
from tests.builders.auth import API
from tests.builders.protocol import catalogue
from valetkey.errors import InvalidScope, InvalidTarget

_TOKEN = "".join(c for c in string.printable if "!" <= c <= "~" and c not in '"\\')


@pytest.mark.parametrize("scope", [None, "", " ", "   "])
def test_no_scope_is_none(scope: str | None) -> None:
    assert read_scopes(scope) == frozenset()


def test_order_repetition_and_extra_spaces_do_not_matter() -> None:
    assert read_scopes(" b  a b ") == {"a", "b"}
    assert write_scopes(frozenset({"b", "a"})) == "a b"


@given(st.sets(st.text(_TOKEN, min_size=1, max_size=20), max_size=20))
def test_what_is_written_is_read_back(names: set[str]) -> None:
    assert read_scopes(write_scopes(frozenset(names))) == names


@pytest.mark.parametrize(
    "scope",
    [
        'a"b',
        "a\\b",
        "a\nb",
        "a\r\nb",
        "a\tb",
        "a\0b",
        "é",
        "a\x7f",
        "\u3000",
        "x" * 1025,
    ],
)
def test_AZ19_other_characters_are_refused(scope: str) -> None:
    with pytest.raises(InvalidScope):
        read_scopes(scope)


@pytest.mark.parametrize(
    ("scopes", "resource", "found"),
    [
        ({"notes:read"}, None, API),
        ({"openid", "notes:read", "notes:write"}, None, API),
        ({"openid", "profile"}, None, None),
        (set(), None, None),
        ({"openid"}, API, API),
        ({"shared"}, "https://other.example", "https://other.example"),
        ({"shared"}, API, API),
    ],
)
def test_the_scopes_or_the_request_name_one_resource(
    scopes: set[str], resource: str | None, found: str | None
) -> None:
    resolved = target(catalogue(), frozenset(scopes), resource)
    assert (resolved.identifier if resolved else None) == found


@pytest.mark.parametrize(
    ("scopes", "resource", "error"),
    [
        ({"unknown"}, None, InvalidScope),
        ({"openid", "unknown"}, API, InvalidScope),
        ({"notes:read", "other:read"}, None, InvalidTarget),
        ({"shared"}, None, InvalidTarget),
        ({"other:read"}, API, InvalidScope),
        ({"notes:read"}, "https://nowhere.example", InvalidTarget),
        ({"notes:read"}, f"{API}/", InvalidTarget),
        ({"notes:read"}, API.upper(), InvalidTarget),
    ],
)
def test_anything_else_is_refused(
    scopes: set[str], resource: str | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        target(catalogue(), frozenset(scopes), resource)


def test_an_api_speaks_for_itself_only() -> None:
    assert catalogue().speaks_for("notes-api") == {API}
    assert catalogue().speaks_for("app") == frozenset()
