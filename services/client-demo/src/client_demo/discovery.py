"""The provider's metadata: fetched when first needed, by one caller for all."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from client_demo.errors import ProviderUnavailable
from valetkey.discovery import ServerMetadata
from valetkey.fetch import Unfetchable

#: How long a discovery document is believed, in seconds.
_FRESH = 3600.0


@dataclass(slots=True, kw_only=True)
class Discovery:
    """`discover` asks the provider; what it found is kept for an hour."""

    discover: Callable[[], Awaitable[ServerMetadata]]
    _found: ServerMetadata | None = None
    _until: float = 0.0
    _failure: ProviderUnavailable | None = None
    _failed_at: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def metadata(self) -> ServerMetadata:
        """
        What the provider says about itself.

        Whoever waited for somebody else's attempt shares what came of it. A failure
        is not kept for those who come later: the provider may be back.

        Raises:
            ProviderUnavailable: it cannot be had, or must not be followed.

        """
        asked = time.monotonic()
        async with self._lock:
            if self._failure is not None and self._failed_at >= asked:
                raise ProviderUnavailable(self._failure.detail)
            if self._found is None or time.monotonic() > self._until:
                self._found = await self._fetch()
                self._until = time.monotonic() + _FRESH
            return self._found

    async def _fetch(self) -> ServerMetadata:
        try:
            found = await self.discover()
            _check(found)
        except Unfetchable as error:
            if self._found is not None:
                return self._found
            self._failure = ProviderUnavailable(f"discovery: {error}")
            self._failed_at = time.monotonic()
            raise self._failure from None
        return found


def _check(found: ServerMetadata) -> None:
    """
    Whether it has what a sign-in needs.

    Raises:
        Unfetchable: something is missing.

    """
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if found.endpoint(name) is None:
            raise Unfetchable(f"{name} is missing")
    # A provider that ignores PKCE would not tell us (RFC 9700 section 4.7.1), and
    # there is no going back to `plain` (RFC 7636 section 7.2).
    if "S256" not in (found.document.get("code_challenge_methods_supported") or ()):
        raise Unfetchable("PKCE with S256 is not advertised")
