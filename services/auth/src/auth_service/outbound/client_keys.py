"""
The keys that clients registered: in place, or at a URL of theirs (RFC 7591 section 2).

    fresh           served from memory
    over its time   waited for; while it cannot be had, the old keys serve for an hour
    unknown kid     fetched again, at most once in 30 seconds
    failed          nothing is kept of it; tried again after 30 seconds

One fetch at a time for each URL; everybody else waits for its end.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from auth_service.ports import KeyHolder, Outbound
from auth_service.protocol.registered_keys import (
    Entries,
    find_key,
    read_entries,
    thumbprints,
)
from valetkey.errors import SlowDown
from valetkey.fetch import Unfetchable
from valetkey.jwk import VerificationKey
from valetkey.jwks import fresh_for
from valetkey.logs import get_logger

log = get_logger(__name__)

#: How long keys count as fresh at most, in seconds, whatever Cache-Control says.
LONGEST = 3600.0
#: How long old keys serve on while no new ones can be had, in seconds.
STALE_IF_ERROR = 3600.0
#: Between two fetches for the sake of an unknown kid, or after a failed one.
PAUSE = 30.0
#: URLs that are remembered; beyond, the one that was asked for longest ago goes.
PLACES = 1000


@dataclass(slots=True)
class _Place:
    """What is known of one URL."""

    entries: Entries = ()
    fresh_until: float = float("-inf")
    tried_at: float = float("-inf")
    flight: asyncio.Task[None] | None = field(default=None, repr=False)


class RegisteredKeys:
    """
    The port `ClientKeys`, for one worker.

    Args:
        outbound: the way to other people's servers.
        monotonic: seconds that only grow.

    """

    def __init__(
        self, outbound: Outbound, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._outbound = outbound
        self._monotonic = monotonic
        self._places: OrderedDict[str, _Place] = OrderedDict()

    async def find(
        self, client: KeyHolder, kid: str | None, alg: str
    ) -> VerificationKey | None:
        """See `ClientKeys.find`."""
        entries = await self._entries(client)
        key = find_key(entries, kid, alg)
        if key is None and await self._look_again(client):
            key = find_key(await self._entries(client), kid, alg)
        return key

    async def has(self, client: KeyHolder, jkt: str) -> bool:
        """See `ClientKeys.has`."""
        if jkt in thumbprints(await self._entries(client)):
            return True
        if not await self._look_again(client):
            return False
        return jkt in thumbprints(await self._entries(client))

    async def _entries(self, client: KeyHolder) -> Entries:
        if client.jwks is not None or client.jwks_uri is None:
            return read_entries(client.jwks)
        place = self._place(client.jwks_uri)
        if self._monotonic() > place.fresh_until:
            await self._fetch(client.jwks_uri, place)
        usable = self._monotonic() <= place.fresh_until + STALE_IF_ERROR
        return place.entries if usable else ()

    async def _look_again(self, client: KeyHolder) -> bool:
        """Fetch for the sake of a key that is not there; False where it is no use."""
        if client.jwks is not None or client.jwks_uri is None:
            return False
        return await self._fetch(client.jwks_uri, self._place(client.jwks_uri))

    def _place(self, url: str) -> _Place:
        place = self._places.setdefault(url, _Place())
        self._places.move_to_end(url)
        if len(self._places) > PLACES:
            self._places.popitem(last=False)
        return place

    async def _fetch(self, url: str, place: _Place) -> bool:
        """Wait for the fetch on its way, or for a new one where the pause is over."""
        if place.flight is None or place.flight.done():
            if self._monotonic() - place.tried_at < PAUSE:
                return False
            place.tried_at = self._monotonic()
            place.flight = asyncio.create_task(self._renew(url, place))
        # Shielded: whoever gives up waiting does not end it for the others.
        await asyncio.shield(place.flight)
        return True

    async def _renew(self, url: str, place: _Place) -> None:
        """Replace the keys, or leave them as they are. Never raises."""
        try:
            fetched = await self._outbound.get_json(url)
        except (Unfetchable, SlowDown) as error:
            log.info("client_keys_not_renewed", reason=str(error))
            return
        entries = read_entries(fetched.value)
        if not entries:
            log.info("client_keys_not_renewed", reason="no JWK Set with keys")
            return
        place.entries = entries
        lasts = min(fresh_for(fetched.cache_control), LONGEST)
        place.fresh_until = self._monotonic() + lasts
