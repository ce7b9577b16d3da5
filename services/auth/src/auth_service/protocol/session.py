"""Session: a browser in which a person is signed in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

#: A session ends when nobody used it for this long …
IDLE = timedelta(minutes=30)
#: … or for this long where the person asked to stay signed in …
IDLE_REMEMBERED = timedelta(hours=8)
#: … and in any case after this.
ABSOLUTE = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """
    A signed-in browser.

    Attributes:
        key: fingerprint of the cookie that this browser has; our name for it.
        sid: what ID tokens call it (OIDC Back-Channel Logout section 2.1).
        auth_time: when the person last proved who they are (OIDC Core section 2).
        amr: how they proved it (RFC 8176).

    """

    key: str
    sid: str
    subject: str
    auth_time: datetime
    amr: tuple[str, ...]
    remembered: bool
    device: str
    ip: str
    last_seen_at: datetime

    @property
    def ends_at(self) -> datetime:
        """When it is over unless it is used again; never later than ABSOLUTE."""
        idle = IDLE_REMEMBERED if self.remembered else IDLE
        return min(self.last_seen_at + idle, self.auth_time + ABSOLUTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """
    Who is in front of us, as far as a request shows.

    Attributes:
        key: fingerprint of a cookie that only this browser has.
        session: who is signed in, if anybody is.
        ip: the address it connects from; a proxy's word counts if it is trusted.
        device: what it says it is, for the person's own list of sessions.

    """

    key: str
    session: Session | None
    ip: str
    device: str
