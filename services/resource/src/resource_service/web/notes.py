"""/notes: each person's own, and nobody else's."""

import re
from datetime import datetime
from typing import Annotated, Literal, Self
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
from resource_service.web.note_access import note_access
from valetkey import AccessToken, ResourceServer
from valetkey.clock import Clock
from valetkey.resource_server import Dependency

#: Deleting everything wants a sign-in no older than this, in seconds (RFC 9470).
RECENTLY = 300

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
    reader_of_one = Annotated[
        AccessToken, Depends(_scope_or_detail(auth, "notes:read", "read"))
    ]
    writer_of_one = Annotated[
        AccessToken, Depends(_scope_or_detail(auth, "notes:write", "write"))
    ]
    # What cannot be undone wants the person, just now, and a token that still counts.
    eraser = Annotated[
        AccessToken,
        Depends(
            auth.require_scope(
                "notes:write",
                person=True,
                max_age=RECENTLY,
                live=auth.introspection is not None,
            )
        ),
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

    @routes.delete("", status_code=204)
    async def delete_all_notes(token: eraser) -> None:
        await notes.clear(token.subject)

    @routes.get("/{note_id}")
    async def read_note(token: reader_of_one, note_id: str) -> NoteAnswer:
        return NoteAnswer.of(await notes.find(token.subject, read_note_id(note_id)))

    @routes.put("/{note_id}")
    async def rewrite_note(
        token: writer_of_one, note_id: str, new: NewNote
    ) -> NoteAnswer:
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


def _scope_or_detail(
    auth: ResourceServer, scope: str, action: Literal["read", "write"]
) -> Dependency:
    """The scope for all notes, or leave for the one that the path names."""
    detail = note_access(action, resource=auth.audience)
    return auth.require_scope(scope, person=True, or_detail=detail)
