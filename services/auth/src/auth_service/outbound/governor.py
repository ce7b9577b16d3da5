"""How often strangers may have us call somebody."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from auth_service.ports import Attempts
from auth_service.protocol.throttle import Throttle
from valetkey.errors import SlowDown

#: One host: three at once, one a second in the long run.
_HOST = Throttle(free=3, first=timedelta(seconds=1), longest=timedelta(seconds=5))
#: All hosts together: five in a second.
_ALL = Throttle(free=5, first=timedelta(seconds=1), longest=timedelta(seconds=1))


@dataclass(frozen=True, slots=True)
class Governor:
    """A bound per host and one for all, shared by every worker."""

    attempts: Attempts

    async def admit(self, url: str) -> None:
        """
        Count a call.

        Raises:
            SlowDown: enough for now; `retry_after` says when there is more.

        """
        host = urlsplit(url).hostname or ""
        for key, throttle in ((f"outbound:{host}", _HOST), ("outbound", _ALL)):
            if wait := await self.attempts.reserve(key, throttle):
                raise SlowDown("too many requests to other servers", retry_after=wait)
