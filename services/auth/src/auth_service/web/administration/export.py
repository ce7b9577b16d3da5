"""Events as a file: CSV for spreadsheets, JSON lines for programs; streamed."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import asdict

from starlette.responses import StreamingResponse

from auth_service.protocol.administration import AuditEvent, harmless_cell

_COLUMNS = ("id", "at", "event", "subject", "client_id", "ip", "request_id", "detail")
#: By the ending of the name.
FORMATS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}


def as_file(
    batches: AsyncIterator[Sequence[AuditEvent]], ending: str
) -> StreamingResponse:
    """All events, in the format of this ending."""
    return StreamingResponse(
        _csv(batches) if ending == "csv" else _json_lines(batches),
        media_type=FORMATS[ending],
        headers={
            "content-disposition": f'attachment; filename="audit-log.{ending}"',
            "cache-control": "no-store",
        },
    )


async def _csv(batches: AsyncIterator[Sequence[AuditEvent]]) -> AsyncIterator[str]:
    yield _lines([_COLUMNS])
    async for events in batches:
        yield _lines(_cells(event) for event in events)


async def _json_lines(
    batches: AsyncIterator[Sequence[AuditEvent]],
) -> AsyncIterator[str]:
    async for events in batches:
        yield "".join(f"{json.dumps(as_json(event))}\n" for event in events)


def as_json(event: AuditEvent) -> dict[str, object]:
    """An event, its moment as text."""
    return {**asdict(event), "at": event.at.isoformat()}


def _cells(event: AuditEvent) -> list[str]:
    told = {**as_json(event), "detail": json.dumps(dict(event.detail))}
    return [harmless_cell(told[name]) for name in _COLUMNS]


def _lines(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
