"""The browsers in which a person is signed in."""

from collections.abc import Sequence
from dataclasses import dataclass

from auth_service.flows.log_out import LogOut
from auth_service.ports import Sessions
from auth_service.protocol.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSessions:
    """The sessions page's work; `mine` is always the session that is asking."""

    sessions: Sessions
    log_out: LogOut

    async def of(self, mine: Session) -> Sequence[Session]:
        """Every session of the person, last used first."""
        return await self.sessions.of(mine.subject)

    async def end(self, sid: str, mine: Session, *, ip: str) -> None:
        """End one of the person's own sessions; any other name ends nothing."""
        for session in await self.of(mine):
            if session.sid == sid:
                await self.log_out.end(session, ip=ip)

    async def end_others(self, mine: Session, *, ip: str) -> None:
        """End every session but this one."""
        for session in await self.of(mine):
            if session.key != mine.key:
                await self.log_out.end(session, ip=ip)
