"""Cursors and note ids, as text and as values."""

from base64 import urlsafe_b64encode
from uuid import UUID

import pytest

from resource_service.notes import Cursor, InvalidCursor, NoSuchNote, read_note_id
from tests.builders.tokens import NOW

ID = UUID("0f8fad5b-d9cb-469f-a165-70867728950e")


def test_a_cursor_comes_back_as_it_went() -> None:
    cursor = Cursor(created_at=NOW.replace(microsecond=123456), id=ID)

    assert Cursor.read(cursor.encode()) == cursor


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "1.2",
        f"-1.{ID.hex}",
        f"{10**18}.{ID.hex}",
        f"\u0661.{ID.hex}",
        f"1_0.{ID.hex}",
        f"1.{ID}",
        f"1.{ID.hex}\n",
        f"1.{ID.hex}' OR 1=1--",
    ],
)
def test_a_cursor_that_was_never_given_is_refused(inside: str) -> None:
    with pytest.raises(InvalidCursor):
        Cursor.read(urlsafe_b64encode(inside.encode()).decode())


@pytest.mark.parametrize("text", ["x", "é", "====", "\0", "A" * 199])
def test_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        Cursor.read(text)


def test_a_note_id_has_one_spelling() -> None:
    assert read_note_id(str(ID)) == ID
    for other in (
        ID.hex,
        str(ID).upper(),
        f"{{{ID}}}",
        f"urn:uuid:{ID}",
        f" {ID}",
        f"{ID}\n",
        "",
        "1",
    ):
        with pytest.raises(NoSuchNote):
            read_note_id(other)
