"""The audit log, read and handed out."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from auth_service.flows.administration.lists import Listed, listed
from auth_service.ports import Audit, AuditReader, PageTokens, Users
from auth_service.protocol.administration import (
    PAGE,
    Actor,
    AuditEvent,
    AuditFilter,
    read_moment,
    read_search,
)
from valetkey.errors import InvalidRequest

#: What may be asked for; nothing else reaches a query.
FILTERS = ("event", "person", "client_id", "since", "until")
#: Events that an export reads at once.
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAudit:
    """Newest first, by page or all of it."""

    log: AuditReader
    users: Users
    pages: PageTokens
    audit: Audit

    async def events(self) -> Sequence[str]:
        """The names of everything that ever happened."""
        return await self.log.events()

    async def search(
        self, values: Mapping[str, str], *, page: str | None
    ) -> Listed[AuditEvent]:
        """
        A page of what fits.

        Raises:
            InvalidRequest: a filter is not one of ours, or the page.

        """
        of = ("audit", *(values.get(name, "") for name in FILTERS))
        wanted = await self.read(values)
        before = int(self.pages.read(of, page)[0]) if page else None
        found = await self.log.search(wanted, before=before, most=PAGE + 1)
        return listed(found, lambda last: self.pages.write(of, (str(last.id),)))

    async def read(self, values: Mapping[str, str]) -> AuditFilter:
        """
        What to look for; a person by their username, address or subject.

        Raises:
            InvalidRequest: a filter cannot be read.

        """
        if not values.keys() <= set(FILTERS):
            raise InvalidRequest("a filter is not one of those that exist")
        text = {name: read_search(value) for name, value in values.items()}
        person = text.get("person") or None
        if person is not None:
            found = await self.users.find_by_identifier(person)
            person = found[0].subject if found else person
        return AuditFilter(
            event=text.get("event") or None,
            person=person,
            client_id=text.get("client_id") or None,
            since=read_moment("since", text.get("since")),
            until=read_moment("until", text.get("until")),
        )

    async def export(
        self, wanted: AuditFilter, actor: Actor
    ) -> AsyncIterator[Sequence[AuditEvent]]:
        """All that fits, a batch at a time: no query takes long."""
        await self.audit.record("audit.exported", ip=actor.ip, by=actor.by)
        return self._batches(wanted)

    async def _batches(
        self, wanted: AuditFilter
    ) -> AsyncIterator[Sequence[AuditEvent]]:
        before = None
        while rows := await self.log.search(wanted, before=before, most=_BATCH):
            yield rows
            before = rows[-1].id
