"""
The public keys of an issuer, fetched when needed and kept while it is away.

    fresh           served from memory; renewed in the background ahead of time
    over its time   waited for; while the issuer is away, the old ones serve on
    unknown kid     fetched again, at most once in ten seconds
    none at all     TemporarilyUnavailable: without keys nothing can be said
"""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from valetkey.discovery import ServerMetadata, discover
from valetkey.errors import TemporarilyUnavailable
from valetkey.fetch import Unfetchable, fetch_json, origin
from valetkey.http import Transport
from valetkey.jwk import VerificationKey, find_key, read_jwks
from valetkey.jws import read_jws
from valetkey.jwt_verification import (
    Expectation,
    UnknownKey,
    check_again,
    check_jwt,
)
from valetkey.verified import Verified, VerifiedTokens

log = logging.getLogger(__name__)

#: How long keys count as fresh, in seconds: what Cache-Control says, within bounds.
SHORTEST, DEFAULT, LONGEST = 60.0, 300.0, 86_400.0
#: The share of that time after which they are renewed in the background.
AHEAD = 0.8
#: How long old keys serve on while no new ones can be had, in seconds.
STALE_IF_ERROR = 86_400.0
#: Between two fetches for the sake of an unknown kid, or after a failed one.
PAUSE = 10.0
#: Between two fetches while there are no keys at all.
COLD_PAUSE = 1.0

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=([0-9]{1,9})(?:$|[\s,])", re.IGNORECASE)


class Keys(Protocol):
    """Where the keys of an issuer come from."""

    async def find(self, kid: str | None) -> VerificationKey | None:
        """
        The key of that name, or None where the issuer has none.

        Raises:
            TemporarilyUnavailable: the issuer's keys cannot be had.

        """
        ...

    async def ready(self) -> bool:
        """Whether there are keys; fetches them where they are due."""
        ...


async def verify_with(
    keys: Keys,
    token: str,
    expectation: Expectation,
    *,
    now: datetime,
    verified: VerifiedTokens | None = None,
) -> dict[str, Any]:
    """
    The claims of a token that the issuer signed and that fits.

    The text is read before a key is looked for, so garbage costs no fetch.

    Args:
        verified: those that were checked before, against this same expectation.

    Raises:
        InvalidToken: it is malformed, forged, expired or meant for somebody else.
        TemporarilyUnavailable: the issuer's keys cannot be had.

    """
    before = verified.find(token) if verified else None
    if before is not None and await keys.find(before.kid) is before.key:
        return check_again(before, expectation, now=now)
    jws = read_jws(token)
    key = await keys.find(jws.kid)
    if key is None:
        raise UnknownKey(detail="kid is not known")
    claims = check_jwt(jws, key, expectation, now=now)
    if verified:
        verified.keep(token, Verified(jws.kid, key, dict(claims)))
    return claims


class RemoteKeys:
    """
    The keys behind an issuer's `jwks_uri`, which its metadata names.

    Args:
        issuer: its identifier, https, or http on loopback.
        backchannel_base_url: scheme and host in place of the issuer's, for our calls.
        trusted_origins: other origins that its endpoints may be on.
        transport: another way to the network, for tests.
        monotonic: seconds that only grow.

    Raises:
        ValueError: the issuer is neither https nor http on loopback.

    """

    def __init__(
        self,
        issuer: str,
        *,
        backchannel_base_url: str | None = None,
        trusted_origins: Collection[str] = (),
        transport: Transport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        origin(issuer)
        self._discover = partial(
            discover,
            issuer,
            backchannel_base_url=backchannel_base_url,
            trusted_origins=trusted_origins,
            transport=transport,
        )
        self._transport = transport
        self._monotonic = monotonic
        self._metadata: ServerMetadata | None = None
        self._keys: dict[str | None, VerificationKey] = {}
        self._fetched_at = 0.0
        self._fresh_for = 0.0
        self._tried_at: float | None = None
        self._failed = False
        self._flight: asyncio.Task[None] | None = None

    async def find(self, kid: str | None) -> VerificationKey | None:
        """See `Keys.find`."""
        if not await self.ready():
            raise TemporarilyUnavailable(detail="the issuer's keys cannot be had")
        if (key := find_key(self._keys, kid)) is None:
            await self._renew(pause=PAUSE)
            key = find_key(self._keys, kid)
        return key

    async def ready(self) -> bool:
        """See `Keys.ready`."""
        if not self._are_usable():
            await self._renew(pause=COLD_PAUSE)
            return self._are_usable()
        age = self._monotonic() - self._fetched_at
        if age > self._fresh_for and not self._failed:
            await self._renew(pause=0)
        elif age > self._fresh_for * AHEAD:
            self._start(pause=PAUSE)
        return True

    def _are_usable(self) -> bool:
        age = self._monotonic() - self._fetched_at
        return bool(self._keys) and age <= self._fresh_for + STALE_IF_ERROR

    async def _renew(self, *, pause: float) -> None:
        """Wait for the fetch on its way, or for a new one where the pause is over."""
        flight = self._start(pause=pause)
        if flight is not None:
            # Shielded: whoever gives up waiting does not end it for the others.
            await asyncio.shield(flight)

    def _start(self, *, pause: float) -> asyncio.Task[None] | None:
        """Single flight: at most one fetch at a time, one per pause."""
        if self._flight is not None and not self._flight.done():
            return self._flight
        now = self._monotonic()
        if self._tried_at is not None and now - self._tried_at < pause:
            return None
        self._tried_at = now
        self._flight = asyncio.create_task(self._fetch())
        return self._flight

    async def _fetch(self) -> None:
        """Replace the keys, or leave them as they are. Never raises."""
        try:
            self._metadata = self._metadata or await self._discover()
            jwks_uri = self._metadata.back_channel_endpoint("jwks_uri")
            if jwks_uri is None:
                raise Unfetchable("the issuer publishes no jwks_uri")
            document = await fetch_json(jwks_uri, transport=self._transport)
            keys = read_jwks(document.members)
            if not keys:
                raise Unfetchable("the issuer's keys are none that can be used")
        except Unfetchable as error:
            # Perhaps they moved: the next attempt asks where they are.
            self._metadata, self._failed = None, True
            log.warning("issuer_keys_not_renewed", extra={"reason": str(error)})
            return
        self._keys, self._failed = keys, False
        self._fetched_at = self._monotonic()
        self._fresh_for = fresh_for(document.cache_control)


def fresh_for(cache_control: str) -> float:
    """Seconds that keys count as fresh: `max-age`, between a minute and a day."""
    told = _MAX_AGE.search(cache_control)
    seconds = float(told[1]) if told else DEFAULT
    return min(max(seconds, SHORTEST), LONGEST)
