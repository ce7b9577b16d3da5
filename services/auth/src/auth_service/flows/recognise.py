"""Who is in front of us: a browser, and perhaps a person who is signed in there."""

from dataclasses import dataclass, replace
from datetime import timedelta

from auth_service.ports import Sessions
from auth_service.protocol.session import Browser
from valetkey.clock import Clock
from valetkey.opaque import fingerprint

#: A session that was seen less long ago than this is not written again.
_SEEN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognise:
    """Reads the two cookies of a browser."""

    sessions: Sessions
    clock: Clock

    async def browser(
        self, browser_cookie: str, session_cookie: str | None, *, ip: str, device: str
    ) -> Browser:
        """The browser, and its session unless that has ended; being seen renews it."""
        session = None
        if session_cookie is not None:
            session = await self.sessions.find(fingerprint(session_cookie))
        now = self.clock.now()
        # Redis forgets ended sessions by its own clock; this is for ours.
        if session is not None and session.ends_at <= now:
            session = None
        if session is not None and now - session.last_seen_at > _SEEN:
            session = replace(session, last_seen_at=now, ip=ip)
            await self.sessions.renew(session)
        return Browser(
            key=fingerprint(browser_cookie), session=session, ip=ip, device=device
        )
