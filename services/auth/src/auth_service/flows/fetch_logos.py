"""Logos of apps, fetched while nobody waits, and served by us from then on."""

from dataclasses import dataclass
from datetime import timedelta

from auth_service.ports import Logos, Outbound, Pictures
from auth_service.protocol.sign_up_form import Unusable
from valetkey.errors import SlowDown, TemporarilyUnavailable
from valetkey.fetch import Unfetchable

#: The largest file that is taken, in bytes.
MAX_LOGO = 1024 * 1024
#: How long a logo is shown before it is fetched anew …
FRESH = timedelta(days=7)
#: … and how long nobody tries again where there was none.
FAILED = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLogos:
    """
    What apps say their logos are, re-encoded: nobody's browser calls their servers.

    However an app was registered, its `logo_uri` goes this way. Until it is here, and
    where it cannot be had, people see the first letter of the app's name.
    """

    logos: Logos
    outbound: Outbound
    pictures: Pictures

    async def fetch(self) -> int:
        """Fetch the next; how many were looked at, 0 where there is none for now."""
        due = await self.logos.take()
        if due is None:
            return 0
        try:
            raw = await self.outbound.get_picture(due.logo_uri, longest=MAX_LOGO)
            logo = await self.pictures.square(raw)
        except (SlowDown, TemporarilyUnavailable):
            return 0  # too many at once: it is taken again in a minute
        except (Unfetchable, Unusable):
            await self.logos.put(due, None, again=FAILED)
        else:
            await self.logos.put(due, logo, again=FRESH)
        return 1
