"""Page tokens: only ours, and only for the list that they were made for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth_service.crypto.page_tokens import PageTokens
from valetkey.errors import InvalidRequest

TOKENS = PageTokens("a secret of thirty-two bytes or so")
LIST = ("people", "newest", "al")


@given(st.lists(st.text()))
def test_a_place_is_read_as_it_was_written(place: list[str]) -> None:
    assert TOKENS.read(LIST, TOKENS.write(LIST, place)) == tuple(place)


@given(st.text())
def test_AU20_nobody_else_writes_one(text: str) -> None:
    with pytest.raises(InvalidRequest):
        TOKENS.read(LIST, text)


@pytest.mark.parametrize(
    "other",
    [
        ("apps", "newest", "al"),
        ("people", "username", "al"),
        ("people", "newest", "a"),
        ("people", "newest", "al", ""),
        ("people", "newestal", ""),
    ],
)
def test_AU20_a_token_of_another_list_is_refused(other: tuple[str, ...]) -> None:
    token = TOKENS.write(LIST, ["alice"])

    with pytest.raises(InvalidRequest):
        TOKENS.read(other, token)


def test_AU20_no_character_of_a_token_may_change() -> None:
    token = TOKENS.write(LIST, ["alice", "1"])

    for n, character in enumerate(token):
        changed = "A" if character != "A" else "B"
        with pytest.raises(InvalidRequest):
            TOKENS.read(LIST, token[:n] + changed + token[n + 1 :])


def test_AU20_another_secret_writes_other_tokens() -> None:
    token = PageTokens("another secret of thirty-two bytes").write(LIST, ["alice"])

    with pytest.raises(InvalidRequest):
        TOKENS.read(LIST, token)
