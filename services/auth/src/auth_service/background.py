"""What goes on beside requests: keys kept up to date, the dead swept away."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from auth_service.crypto.keyring import ALGS, Keyring
from auth_service.ports import SigningKeys
from valetkey.errors import OAuthError, TemporarilyUnavailable
from valetkey.logs import get_logger

log = get_logger(__name__)

#: Seconds between two looks for keys that another server rotated, at most.
_KEYS_EVERY = 10.0
#: Seconds between two sweeps.
_SWEEP_EVERY = 60.0
#: Seconds between two looks for apps that have to be told of a logout.
_LOGOUTS_EVERY = 1.0
#: Seconds between two looks for letters that have to be sent.
_LETTERS_EVERY = 0.5
#: Seconds between two looks for logos that have to be fetched.
_LOGOS_EVERY = 2.0
#: Seconds that a worker waits for its keys before it takes requests, at most.
_START = 3.0
#: Seconds until another try while a store is away.
_RETRY = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """
    The tasks of one worker; every one survives an outage of its store.

    Attributes:
        listen: hears of what others change.
        send_letters: None where this server sends no mail.
        announce: what has to be said once, at the start.
        announcement: how long a key is published before it signs.
        rotation: how old the signing keys may become; None leaves it to people.
        longest_token: how long a signature may be looked at, and so its key.

    """

    keyring: Keyring
    keys: SigningKeys
    listen: Callable[[], Coroutine[Any, Any, None]]
    sweep: Callable[[], Awaitable[int]]
    deliver_logouts: Callable[[], Awaitable[int]]
    fetch_logos: Callable[[], Awaitable[int]]
    send_letters: Callable[[], Awaitable[int]] | None
    announce: Callable[[], Awaitable[None]]
    announcement: timedelta
    rotation: timedelta | None
    longest_token: timedelta
    _loaded: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Until it is cancelled."""
        announced = self.announcement.total_seconds()
        async with asyncio.TaskGroup() as group:
            group.create_task(
                _again(self._keep_keys, min(_KEYS_EVERY, announced / 4)),
                name="keys",
            )
            group.create_task(self.listen(), name="changes")
            group.create_task(_once(self.announce), name="announce")
            group.create_task(_again(self._sweep, _SWEEP_EVERY), name="sweeper")
            group.create_task(_again(self._deliver, _LOGOUTS_EVERY), name="logouts")
            group.create_task(_again(self._fetch_logos, _LOGOS_EVERY), name="logos")
            if self.send_letters is not None:
                group.create_task(_again(self._post, _LETTERS_EVERY), name="letters")

    async def ready(self) -> None:
        """
        Whether this worker can sign.

        Raises:
            TemporarilyUnavailable: the keys were not loaded yet.

        """
        if not self.keyring.jwks["keys"]:
            raise TemporarilyUnavailable(detail="no signing keys yet")

    async def until_ready(self) -> None:
        """
        Wait for the keys, so that no request comes to a worker that cannot sign.

        Not for long: a worker also starts while its stores are away.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_START):
                await self._loaded.wait()

    async def _keep_keys(self) -> None:
        now, keys = await self.keys.all()
        if {key.alg for key in keys} != set(ALGS):
            # One that signs and one that is announced, of each.
            await self.keys.begin(await self.keyring.draw(ALGS * 2))
            now, keys = await self.keys.all()
        self.keyring.load(now, keys)
        self._loaded.set()
        signing = [key.active_at for key in keys if key.active_at is not None]
        if self.rotation is not None and max(signing) < now - self.rotation:
            await self.keys.rotate(
                await self.keyring.draw(ALGS),
                announce=self.announcement,
                seen=max(signing),
            )

    async def _deliver(self) -> None:
        while await self.deliver_logouts():
            pass

    async def _fetch_logos(self) -> None:
        while await self.fetch_logos():
            pass

    async def _post(self) -> None:
        while self.send_letters is not None and await self.send_letters():
            pass

    async def _sweep(self) -> None:
        # A key stays until the last token it signed has expired everywhere.
        await self.keys.sweep(keep=self.longest_token + timedelta(hours=1))
        while True:
            if not await self.sweep():
                return


async def _once(task: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            return await task()
        except OAuthError as error:
            log.warning("background task waits", detail=error.detail)
            await asyncio.sleep(_RETRY)


async def _again(task: Callable[[], Awaitable[None]], every: float) -> None:
    while True:
        try:
            await task()
        except OAuthError as error:
            log.warning("background task waits", detail=error.detail)
            await asyncio.sleep(_RETRY)
        else:
            await asyncio.sleep(every)
