"""A person proved who they are: this browser gets a new session."""

from dataclasses import dataclass
from uuid import uuid4

from auth_service.flows.visits import Visit, Visits
from auth_service.ports import Grants, Sessions
from auth_service.protocol.session import MOST_ACCOUNTS, Browser, Session
from auth_service.protocol.user import User
from valetkey.clock import Clock
from valetkey.opaque import fingerprint, new_handle


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """
    Where a person who signed in goes next.

    Attributes:
        cookie: the session's secret, for this browser alone.
        others: who else is signed in in this browser, and stays.
        visit: the flow that they came from; None for our own pages.

    """

    cookie: str
    session: Session
    others: tuple[Session, ...]
    visit: Visit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginSession:
    """Always a new cookie: a session id that was there before is worth nothing."""

    visits: Visits
    sessions: Sessions
    grants: Grants
    clock: Clock

    async def open(
        self,
        user: User,
        browser: Browser,
        *,
        amr: tuple[str, ...],
        remembered: bool,
        handle: str | None,
    ) -> SignedIn:
        """End what was theirs, begin what is, and go a step forward in the flow."""
        sid, others = await self._leave(user, browser)
        cookie, now = new_handle(), self.clock.now()
        session = Session(
            key=fingerprint(cookie),
            sid=sid,
            subject=user.subject,
            auth_time=now,
            amr=amr,
            remembered=remembered,
            device=browser.device,
            ip=browser.ip,
            last_seen_at=now,
        )
        await self.sessions.put(session)
        visit = None
        if handle is not None:
            waiting = await self.visits.take(handle, browser)
            visit = await self.visits.step(waiting, "login")
        return SignedIn(cookie=cookie, session=session, others=others, visit=visit)

    async def _leave(
        self, user: User, browser: Browser
    ) -> tuple[str, tuple[Session, ...]]:
        """
        The sid to go on with, and who stays signed in beside this person.

        The same person keeps their sid, in a new session; of too many people the
        one who has not used the browser for longest is signed out.
        """
        sid, others = uuid4().hex, []
        for before in browser.sessions:
            if before.subject == user.subject:
                await self.sessions.end(before)
                sid = before.sid
            else:
                others.append(before)
        for gone in others[MOST_ACCOUNTS - 1 :]:
            await self.sessions.end(gone)
            await self.grants.revoke_session(gone.sid)
        return sid, tuple(others[: MOST_ACCOUNTS - 1])
