"""The port `Audit` on PostgreSQL."""

from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.contextvars import bound_contextvars

from auth_service.storage.postgres.audit_log import PostgresAuditLog
from auth_service.storage.postgres.tables import audit_log


async def test_an_event_is_kept_with_all_that_is_known(engine: AsyncEngine) -> None:
    event, request_id = uuid4().hex, uuid4().hex

    with bound_contextvars(request_id=request_id):
        await PostgresAuditLog(engine).record(
            event, subject="ada", client_id="web-app", ip="192.0.2.1", scopes=["é"]
        )

    statement = select(audit_log).where(audit_log.c.event == event)
    async with engine.connect() as connection:
        row = (await connection.execute(statement)).mappings().one()
    assert row["at"].tzinfo is not None
    assert (row["subject"], row["client_id"]) == ("ada", "web-app")
    assert (row["ip"], row["request_id"]) == ("192.0.2.1", request_id)
    assert row["detail"] == {"scopes": ["é"]}


async def test_it_stands_in_the_log_as_well(
    engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever watches the log need not read the table."""
    event = uuid4().hex
    caplog.set_level("INFO")

    await PostgresAuditLog(engine).record(event, subject="ada")

    (record,) = [r for r in caplog.records if r.getMessage() == event]
    assert record.subject == "ada"
