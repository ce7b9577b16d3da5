"""Session: a browser in which a person is signed in."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

#: A session ends when nobody used it for this long …
IDLE = timedelta(minutes=30)
#: … or for this long where the person asked to stay signed in …
IDLE_REMEMBERED = timedelta(hours=8)
#: … and in any case after this.
ABSOLUTE = timedelta(hours=24)
#: So many people may be signed in in one browser at the same time.
MOST_ACCOUNTS = 5


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
        session: who is signed in and uses it now, if anybody does.
        others: who is signed in as well, to be chosen; last used first.
        ip: the address it connects from; a proxy's word counts if it is trusted.
        device: what it says it is, for the person's own list of sessions.

    """

    key: str
    session: Session | None
    ip: str
    device: str
    others: tuple[Session, ...] = ()

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Everybody who is signed in here; whoever uses it now comes first."""
        return (*filter(None, (self.session,)), *self.others)

    def used_by(self, session: Session | None) -> "Browser":
        """The same browser, where one of those who are signed in uses it."""
        others = tuple(each for each in self.sessions if each != session)
        return replace(self, session=session, others=others)
