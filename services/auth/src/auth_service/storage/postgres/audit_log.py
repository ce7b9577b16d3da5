"""Who did what, when, from where; append-only, and repeated in the log."""

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.contextvars import get_contextvars

from auth_service.storage.postgres.engine import at_edge
from auth_service.storage.postgres.tables import audit_log
from valetkey.logs import get_logger

log = get_logger(__name__)


@at_edge
class PostgresAuditLog:
    """The port `Audit`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def record(
        self,
        event: str,
        *,
        subject: str | None = None,
        client_id: str | None = None,
        ip: str | None = None,
        **detail: object,
    ) -> None:
        """Note an event; never a secret among its details."""
        log.info(event, subject=subject, client_id=client_id, ip=ip, **detail)
        statement = insert(audit_log).values(
            event=event,
            subject=subject,
            client_id=client_id,
            ip=ip,
            request_id=get_contextvars().get("request_id"),
            detail=detail,
        )
        async with self._engine.begin() as connection:
            await connection.execute(statement)
