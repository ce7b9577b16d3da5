"""
Whether a token was revoked: the authorization server knows (RFC 7662).

Access tokens are checked without asking anybody, so a revoked one is good until it
expires. Where that is too long, this asks, and fails closed: no answer is no.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Protocol
from urllib.parse import quote_plus

from valetkey.discovery import ServerMetadata, discover
from valetkey.errors import TemporarilyUnavailable
from valetkey.fetch import Unfetchable, ask_json, limited
from valetkey.http import Auth, BasicAuth, Transport
from valetkey.opaque import fingerprint

log = logging.getLogger(__name__)

#: The longest that an answer may be kept, in seconds (RFC 7662 section 4).
LONGEST = 10.0
#: How many answers are kept at most; beyond it, the oldest is forgotten early.
MOST = 10_000
#: After a failure, how long nobody asks again, in seconds.
PAUSE = 1.0


class Introspection(Protocol):
    """Knows whether a token is still active."""

    async def is_active(self, token: str) -> bool:
        """
        Whether it was neither revoked nor never issued.

        Raises:
            TemporarilyUnavailable: nobody can say.

        """
        ...


def client_secret_basic(client_id: str, client_secret: str) -> Auth:
    """How this API proves to the issuer who it is (RFC 6749 section 2.3.1)."""
    return BasicAuth(quote_plus(client_id), quote_plus(client_secret))


class RemoteIntrospection:
    """
    The issuer's introspection endpoint, which its metadata names.

    Args:
        issuer: its identifier, https, or http on loopback.
        auth: how this API authenticates there, such as `client_secret_basic()`.
        keep: seconds that an answer is used again for the same token, at most 10.
        backchannel_base_url: scheme and host in place of the issuer's, for our calls.
        trusted_origins: other origins that its endpoints may be on.
        transport: another way to the network, for tests.
        monotonic: seconds that only grow.

    Raises:
        ValueError: `keep` is longer than a revocation may take to be seen.

    """

    def __init__(
        self,
        issuer: str,
        *,
        auth: Auth,
        keep: float = 5.0,
        backchannel_base_url: str | None = None,
        trusted_origins: Collection[str] = (),
        transport: Transport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if not 0 <= keep <= LONGEST:
            raise ValueError(f"keep must be between 0 and {LONGEST} seconds")
        self._discover = partial(
            discover,
            issuer,
            backchannel_base_url=backchannel_base_url,
            trusted_origins=trusted_origins,
            transport=transport,
        )
        self._auth = auth
        self._keep = keep
        self._transport = transport
        self._monotonic = monotonic
        self._metadata: ServerMetadata | None = None
        self._failed_at: float | None = None
        #: By the fingerprint of the whole token, which is not kept itself (RFC 9700
        #: section 4.9.3): the answer, and until when it holds.
        self._answers: dict[str, tuple[bool, float]] = {}

    async def is_active(self, token: str) -> bool:
        """See `Introspection.is_active`."""
        now, key = self._monotonic(), fingerprint(token)
        kept, until = self._answers.get(key, (False, now))
        if until > now:
            return kept
        if self._failed_at is not None and now - self._failed_at < PAUSE:
            raise _unavailable("the issuer was away a moment ago")
        try:
            async with limited():
                answer = await self._ask(token)
        except Unfetchable as error:
            # Perhaps it moved: the next attempt asks where it is.
            self._metadata, self._failed_at = None, self._monotonic()
            log.warning("introspection_failed", extra={"reason": str(error)})
            raise _unavailable(str(error)) from None
        active = answer.get("active") is True
        # From when it was asked, not from when the answer came.
        self._remember(key, active=active, until=now + self._keep)
        return active

    async def _ask(self, token: str) -> Mapping[str, object]:
        self._metadata = self._metadata or await self._discover()
        endpoint = self._metadata.back_channel_endpoint("introspection_endpoint")
        if endpoint is None:
            raise Unfetchable("the issuer has no introspection_endpoint")
        form = {"token": token, "token_type_hint": "access_token"}
        return await ask_json(
            endpoint, form, auth=self._auth, transport=self._transport
        )

    def _remember(self, key: str, *, active: bool, until: float) -> None:
        self._answers.pop(key, None)
        if len(self._answers) >= MOST:
            del self._answers[next(iter(self._answers))]
        self._answers[key] = (active, until)


def _unavailable(reason: str) -> TemporarilyUnavailable:
    return TemporarilyUnavailable(detail=reason)
