"""A note, and where the next page of notes begins: values, no database, no HTTP."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self
from uuid import UUID

#: The longest title and text, in characters.
MAX_TITLE = 200
MAX_TEXT = 10_000
#: How many notes one page has, at most and where nothing is said.
MAX_LIMIT = 100
DEFAULT_LIMIT = 20

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CURSOR = re.compile(r"([0-9]{1,17})\.([0-9a-f]{32})")
_NOTE_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class NoSuchNote(Exception):
    """There is no note of that name, or it is somebody else's: nobody learns which."""


class InvalidCursor(Exception):
    """The cursor is not one that this service gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a person wrote down. `owner` is their `sub`."""

    id: UUID
    owner: str
    title: str
    text: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The last note of a page; the next page begins after it."""

    created_at: datetime
    id: UUID

    def encode(self) -> str:
        """As text that a client hands back and need not understand."""
        since = (self.created_at - _EPOCH) // _MICROSECOND
        return urlsafe_b64encode(f"{since}.{self.id.hex}".encode()).decode()

    @classmethod
    def read(cls, text: str) -> Self:
        """
        From the text that a client handed back.

        Raises:
            InvalidCursor: it was never given.

        """
        try:
            found = _CURSOR.fullmatch(urlsafe_b64decode(text).decode("ascii"))
        except ValueError:
            found = None
        if found is None:
            raise InvalidCursor
        moment = _EPOCH + int(found[1]) * _MICROSECOND
        return cls(created_at=moment, id=UUID(found[2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some notes, newest first, and where the next ones begin, if there are more."""

    notes: tuple[Note, ...]
    next: Cursor | None


def read_note_id(text: str) -> UUID:
    """
    A note's id from a path; Python's own parser would take many spellings.

    Raises:
        NoSuchNote: no note can have that id.

    """
    if _NOTE_ID.fullmatch(text) is None:
        raise NoSuchNote
    return UUID(text)
