"""Who did what, when, from where; append-only, and repeated in the log."""

from collections.abc import Callable, Sequence
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import bindparam, case, insert, or_, select
from structlog.contextvars import get_contextvars

from auth_service.ports import OwnEvent
from auth_service.protocol.administration import AuditEvent, AuditFilter
from auth_service.storage.postgres.engine import Engine, at_edge, single
from auth_service.storage.postgres.prepared import Prepared
from auth_service.storage.postgres.tables import audit_log, clients
from valetkey.logs import get_logger

log = get_logger(__name__)
_RECORDED = ("event", "subject", "client_id", "ip", "request_id", "detail")
_RECORD = Prepared(
    insert(audit_log)
    .values({name: bindparam(f"of_{name}") for name in _RECORDED})
    .returning(audit_log.c.id)
)


@at_edge
class PostgresAuditLog:
    """The ports `Audit`, `AuditReader` and `OwnEvents`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._single = single(engine)

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
        await _RECORD.run(
            self._engine.lanes,
            of_event=event,
            of_subject=subject,
            of_client_id=client_id,
            of_ip=ip,
            of_request_id=get_contextvars().get("request_id"),
            of_detail=Jsonb(detail),
        )

    async def search(
        self, wanted: AuditFilter, *, before: int | None, most: int
    ) -> Sequence[AuditEvent]:
        """Events, newest first, that came before one that is known by its id."""
        a, by = audit_log.c, audit_log.c.detail["by"].astext
        asked: list[tuple[object, Callable[[Any], Any]]] = [
            (wanted.event, lambda event: a.event == event),
            (wanted.person, lambda person: or_(a.subject == person, by == person)),
            (wanted.client_id, lambda client_id: a.client_id == client_id),
            (wanted.since, lambda since: a.at >= since),
            (wanted.until, lambda until: a.at < until),
            (before, lambda id_: a.id < id_),
        ]
        clauses = [clause(value) for value, clause in asked if value is not None]
        newest = a.id.desc()
        statement = select(audit_log).where(*clauses).order_by(newest).limit(most)
        async with self._single.connect() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [AuditEvent(**row) for row in rows]

    async def of(
        self, subject: str, events: Sequence[str], *, before: int | None, most: int
    ) -> Sequence[OwnEvent]:
        """Events of these names that are about a person, newest first."""
        a = audit_log.c
        # Where somebody else did it, the address is theirs.
        own_ip = case((a.detail.has_key("by"), None), else_=a.ip)
        columns = (a.id, a.at, a.event, clients.c.client_name, own_ip.label("ip"))
        statement = (
            select(*columns)
            .outerjoin(clients, clients.c.client_id == a.client_id)
            .where(a.subject == subject, a.event.in_(events))
            .order_by(a.id.desc())
            .limit(most)
        )
        if before is not None:
            statement = statement.where(a.id < before)
        async with self._single.connect() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [OwnEvent(**row) for row in rows]

    async def events(self) -> Sequence[str]:
        """The names of everything that ever happened."""
        statement = select(audit_log.c.event).distinct().order_by(audit_log.c.event)
        async with self._single.connect() as connection:
            return (await connection.execute(statement)).scalars().all()
