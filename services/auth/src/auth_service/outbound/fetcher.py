"""The one way in which this server calls a URL that somebody else chose."""

import asyncio
from collections.abc import Mapping
from ssl import SSLContext, create_default_context
from typing import Any

from auth_service.outbound.governor import Governor
from auth_service.outbound.guard import Guard
from auth_service.outbound.pinned_transport import PinnedTransport
from auth_service.outbound.resolver import Resolve, system_resolver
from auth_service.ports import Fetched
from valetkey.errors import InvalidToken
from valetkey.fetch import (
    MAX_DOCUMENT,
    Unfetchable,
    fetch,
    limited,
    origin,
    send_form,
)
from valetkey.http import URL
from valetkey.jws import read_json

#: Calls that are under way at the same time in one worker.
_AT_ONCE = 10
_PICTURES = "image/webp, image/png, image/jpeg"


class SafeFetcher:
    """
    Public https addresses only, no redirect, three seconds, few bytes.

    Args:
        governor: how often documents may be fetched.
        loopback_ports: of this computer that may be called, in development.
        resolve: names to addresses.
        tls: whose certificates are believed; the system's authorities by default.

    """

    def __init__(
        self,
        *,
        governor: Governor,
        loopback_ports: frozenset[int] = frozenset(),
        resolve: Resolve | None = None,
        tls: SSLContext | None = None,
    ) -> None:
        self._governor = governor
        self._guard = Guard(
            resolve=resolve or system_resolver(), loopback_ports=loopback_ports
        )
        self._tls = tls or create_default_context()
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def get_json(self, url: str, *, longest: int = MAX_DOCUMENT) -> Fetched:
        """See `ports.Outbound`."""
        raw, cache_control = await self._get(url, longest, "application/json")
        return Fetched(_read(raw), cache_control)

    async def get_picture(self, url: str, *, longest: int) -> bytes:
        """See `ports.Outbound`."""
        raw, _ = await self._get(url, longest, _PICTURES)
        return raw

    async def post_form(self, url: str, form: Mapping[str, str]) -> int:
        """See `ports.Outbound`."""
        _check(url)
        async with self._places:
            return await send_form(url, form, transport=self._transport())

    async def _get(self, url: str, longest: int, accept: str) -> tuple[bytes, str]:
        _check(url)
        await self._governor.admit(url)
        async with self._places:
            return await fetch(
                url, transport=self._transport(), longest=longest, accept=accept
            )

    async def check(self, url: str) -> None:
        """See `ports.Outbound`."""
        _check(url)
        async with limited():
            await self._guard.addresses(URL(url))

    def _transport(self) -> PinnedTransport:
        """One per call: no connection made for one name serves another."""
        return PinnedTransport(self._guard, tls=self._tls)


def _check(url: str) -> None:
    try:
        origin(url)
    except ValueError:
        raise Unfetchable("not a URL that may be called") from None


def _read(raw: bytes) -> Any:
    try:
        return read_json(raw)
    except InvalidToken:
        raise Unfetchable("the answer is not JSON") from None
