"""What tokens are given for: codes, devices, families of tokens."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from auth_service.protocol.code_grant import CodeGrant
from auth_service.protocol.device_grant import Approval, DeviceGrant, DeviceRequest
from auth_service.protocol.refresh_grant import Grant, RefreshGrant
from auth_service.protocol.user import User


class Grants(Protocol):
    """Families of tokens, and the refresh tokens in them."""

    async def put(
        self,
        grant: Grant,
        *,
        code: str | None,
        authorized_at: datetime | None,
        refresh_token: str | None,
        absolute: timedelta,
        idle: timedelta,
    ) -> bool:
        """
        Begin a family; False where it is not allowed, or its code has begun one.

        The code's fingerprint is unique, so that even a Redis that forgot a claim
        cannot make one code give two families.

        Args:
            authorized_at: when the person allowed it, by the store's clock; what
                was revoked since then kills it. None: just now.

        """
        ...

    async def find_refresh(self, refresh_token: str) -> RefreshGrant | None:
        """A refresh token, whatever it is still worth."""
        ...

    async def rotate(
        self, refresh_token: str, successor: str, *, idle: timedelta
    ) -> bool:
        """Exchange a token for its successor; one caller wins."""
        ...

    async def keep(self, refresh_token: str, *, idle: timedelta) -> bool:
        """Let a token be used again, instead of a successor; False if it has one."""
        ...

    async def repeat(self, refresh_token: str) -> bool:
        """Count one use within the grace; False when there is no more of it."""
        ...

    async def revoke(self, grant_id: str) -> None:
        """Kill a family, or one access token by its jti, stored already or not."""
        ...

    async def revoke_session(self, sid: str) -> None:
        """
        Kill every family that is bound to a browser session.

        In the same moment it is put down which apps have to be told.
        """
        ...

    async def find_person(self, grant_id: str, jti: str) -> User | None:
        """Whom a live access token speaks for; None if anything about it is dead."""
        ...

    async def find_userinfo(
        self, grant_id: str, jti: str, client_id: str
    ) -> tuple[User, Mapping[str, Any] | None] | None:
        """As `find_person`, with what this app asked for in the claims parameter."""
        ...

    async def is_revoked(self, jti: str) -> bool:
        """Whether an access token without a family was revoked."""
        ...


class Codes(Protocol):
    """Authorization codes; a spent one stays recognisable for ten minutes."""

    async def put(
        self, code: str, grant: CodeGrant, *, longest: float | None = None
    ) -> None:
        """Keep a new code for its lifetime, or for so many seconds at most."""
        ...

    async def find(self, code: str) -> CodeGrant | None:
        """What a code stands for, spent or not."""
        ...

    async def claim(self, code: str) -> bool:
        """Spend a code; one caller wins."""
        ...

    async def count_wrong_verifier(self, code: str) -> int:
        """How many wrong verifiers this code has met, this one included."""
        ...


class DeviceGrants(Protocol):
    """Devices that ask, and what people answered (RFC 8628)."""

    async def put(
        self, device_code: str, user_code: str, request: DeviceRequest
    ) -> bool:
        """Keep a request for its lifetime; False where the user_code is taken."""
        ...

    async def open(self, user_code: str, subject: str) -> DeviceRequest | None:
        """What waits for an answer; from here on it is this person's to give."""
        ...

    async def find_opened(self, user_code: str, subject: str) -> DeviceRequest | None:
        """What waits for the answer of this person, who has opened it."""
        ...

    async def answer(
        self, user_code: str, subject: str, approval: Approval | None
    ) -> bool:
        """Yes, or no with None, by whoever opened it; one answer wins."""
        ...

    async def find(self, device_code: str) -> DeviceGrant | None:
        """What has come of a device's request, for some time after it expired too."""
        ...

    async def count_poll(self, device_code: str) -> bool:
        """Whether it came too soon; then the next one has to wait for longer."""
        ...

    async def claim(self, device_code: str) -> bool:
        """Spend a device_code; one caller wins."""
        ...
