"""/notes: each person's own, and nobody else's."""

import re
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from resource_service.notes import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    MAX_TEXT,
    MAX_TITLE,
    Cursor,
    Note,
    read_note_id,
)
from resource_service.storage.notes import Notes
from resource_service.web.errors import RESPONSES
from valetkey import AccessToken, ResourceServer
from valetkey.clock import Clock

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _check_text(text: str) -> str:
    """PostgreSQL keeps no NUL, and no page shows another control character."""
    if _CONTROLS.search(text):
        raise PydanticCustomError("control", "must not have control characters")
    return text


def _check_title(title: str) -> str:
    if not title.strip() or "\n" in title or "\r" in title:
        raise PydanticCustomError("title", "must be one line, and not a blank one")
    return title


class NewNote(BaseModel):
    """What a person writes."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: Annotated[
        str,
        Field(max_length=MAX_TITLE),
        AfterValidator(_check_text),
        AfterValidator(_check_title),
    ]
    text: Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_check_text)] = ""


class NoteAnswer(BaseModel):
    """A note as it is shown."""

    id: UUID
    title: str
    text: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, note: Note) -> Self:
        """Everything but the owner, who asked."""
        return cls.model_validate(note, from_attributes=True)


class PageAnswer(BaseModel):
    """Some notes, newest first; `next_cursor` is null on the last page."""

    items: list[NoteAnswer]
    next_cursor: str | None


def note_routes(auth: ResourceServer, notes: Notes, clock: Clock) -> APIRouter:
    """The routes under /notes."""
    routes = APIRouter(prefix="/notes", tags=["notes"], responses=RESPONSES)
    reader = Annotated[
        AccessToken, Depends(auth.require_scope("notes:read", person=True))
    ]
    writer = Annotated[
        AccessToken, Depends(auth.require_scope("notes:write", person=True))
    ]

    @routes.get("")
    async def list_notes(
        token: reader,
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
    ) -> PageAnswer:
        after = None if cursor is None else Cursor.read(cursor)
        page = await notes.page(token.subject, limit=limit, after=after)
        return PageAnswer(
            items=[NoteAnswer.of(note) for note in page.notes],
            next_cursor=None if page.next is None else page.next.encode(),
        )

    @routes.post("", status_code=201)
    async def write_note(token: writer, new: NewNote, response: Response) -> NoteAnswer:
        note = await notes.add(
            token.subject, title=new.title, text=new.text, now=clock.now()
        )
        response.headers["location"] = f"/notes/{note.id}"
        return NoteAnswer.of(note)

    @routes.get("/{note_id}")
    async def read_note(token: reader, note_id: str) -> NoteAnswer:
        return NoteAnswer.of(await notes.find(token.subject, read_note_id(note_id)))

    @routes.put("/{note_id}")
    async def rewrite_note(token: writer, note_id: str, new: NewNote) -> NoteAnswer:
        note = await notes.replace(
            token.subject,
            read_note_id(note_id),
            title=new.title,
            text=new.text,
            now=clock.now(),
        )
        return NoteAnswer.of(note)

    @routes.delete("/{note_id}", status_code=204)
    async def delete_note(token: writer, note_id: str) -> None:
        await notes.remove(token.subject, read_note_id(note_id))

    return routes
