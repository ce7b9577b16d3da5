"""Who is in front of us: a browser, and perhaps a person who is signed in there."""

from collections.abc import Sequence
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
        self,
        browser_cookie: str,
        session_secrets: Sequence[str],
        *,
        ip: str,
        device: str,
    ) -> Browser:
        """
        The browser, and its sessions unless they have ended; being used renews one.

        Args:
            session_secrets: the first is of whoever uses the browser now, empty
                where nobody does.

        """
        keys = [fingerprint(secret) if secret else "" for secret in session_secrets]
        now = self.clock.now()
        found = {
            session.key: session
            for session in await self.sessions.find_all([*filter(None, keys)])
            # Redis forgets ended sessions by its own clock; this is for ours.
            if session.ends_at > now
        }
        session = found.pop(keys[0], None) if keys else None
        if session is not None and now - session.last_seen_at > _SEEN:
            session = replace(session, last_seen_at=now, ip=ip)
            await self.sessions.renew(session)
        return Browser(
            key=fingerprint(browser_cookie),
            session=session,
            others=tuple(found.values()),
            ip=ip,
            device=device,
        )
