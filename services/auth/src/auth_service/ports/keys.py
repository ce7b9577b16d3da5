"""The server's own keys, what they sign, and what they seal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol


class Sealing(Protocol):
    """Keeps what is stored from whoever reads the store."""

    def close(self, plain: bytes, *, name: str) -> bytes:
        """Seal bytes, bound to their name."""
        ...

    def open(self, sealed: bytes, *, name: str) -> bytes:
        """
        Open what was sealed.

        Raises:
            TemporarilyUnavailable: another secret sealed it, or under another name.

        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A signing key that nobody has seen yet; what is private of it is sealed."""

    kid: str
    alg: str
    public_jwk: dict[str, Any]
    private_key_sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey(NewKey):
    """
    A signing key as it is stored.

    Attributes:
        created_at: since when it has been published in the JWKS.
        active_at: from when on it signs; None while it is only announced.

    """

    created_at: datetime
    active_at: datetime | None


class SigningKeys(Protocol):
    """Signing keys: each algorithm has one that signs and one that is announced."""

    async def all(self) -> tuple[datetime, Sequence[SealedKey]]:
        """The store's present moment, and every key, oldest first."""
        ...

    async def begin(self, keys: Sequence[NewKey]) -> None:
        """
        Take the first keys, of algorithms that have none.

        Of each algorithm the first that is given signs, the next is announced.
        """
        ...

    async def rotate(
        self,
        keys: Sequence[NewKey],
        *,
        announce: timedelta,
        seen: datetime,
    ) -> datetime:
        """
        Let the announced keys sign, and announce these.

        A key signs once it has been published for `announce`, so whoever keeps our
        JWKS for less than that knows it in time. Asked again before then, no key is
        added, though one that is due may be brought forward.

        Args:
            seen: the latest `active_at` that the caller knows. Where there is a later
                one, somebody was faster: two operators, or two servers, begin one
                rotation.

        Returns:
            When the announced keys begin to sign; now, or a moment to come.

        """
        ...

    async def remove(self, kid: str) -> bool:
        """Withdraw a key at once; False unless its successor signs already."""
        ...

    async def sweep(self, *, keep: timedelta) -> None:
        """Forget keys whose successor has signed for longer than any token lives."""
        ...


class Signer(Protocol):
    """Makes JWTs with the active key of an algorithm."""

    def sign(self, claims: Mapping[str, object], *, typ: str, alg: str) -> str:
        """Sign claims; `typ` and `kid` are always in the header."""
        ...

    async def sign_soon(
        self, claims: Mapping[str, object], *, typ: str, alg: str
    ) -> str:
        """The same, together with what others want signed at this moment."""
        ...


class Verifier(Protocol):
    """Reads JWTs that this server signed itself."""

    def read_access_token(self, token: str) -> dict[str, Any]:
        """
        The claims of one of our access tokens, for whichever audience.

        Raises:
            InvalidToken: it is not one, or has expired.

        """
        ...

    def read_id_token_hint(self, id_token_hint: str) -> dict[str, Any]:
        """
        The claims of one of our ID tokens, expired or not.

        Raises:
            InvalidToken: it is not one.

        """
        ...
