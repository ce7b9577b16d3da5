"""Passkeys, and the ceremonies that make and prove them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from auth_service.protocol.factors import Passkey
from auth_service.protocol.user import User


class Passkeys(Protocol):
    """The public halves of people's passkeys."""

    async def find(self, credential_id: str) -> Passkey | None:
        """A passkey by the name that devices know it by."""
        ...

    async def of(self, subject: str) -> Sequence[Passkey]:
        """A person's passkeys, oldest first."""
        ...

    async def add(self, passkey: Passkey) -> bool:
        """One more; False where it is known, whoever's it is."""
        ...

    async def rename(self, subject: str, credential_id: str, name: str) -> bool:
        """Call a person's own passkey something else; False where it is not theirs."""
        ...

    async def remove(self, subject: str, credential_id: str) -> bool:
        """Forget a person's own passkey; False where it is not theirs."""
        ...

    async def use(
        self, credential_id: str, *, sign_count: int, backed_up: bool
    ) -> bool:
        """
        Note a use; False where the device has counted as far or further before.

        A device that does not count says 0 each time (WebAuthn section 6.1.1).
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedKey:
    """What the answer to a challenge says of itself, before anything is checked."""

    credential_id: str
    challenge: str


class NotAPasskey(Exception):
    """The answer to a challenge is malformed, or does not prove what it should."""


class Ceremonies(Protocol):
    """WebAuthn: what browsers are asked, and whether their answers are right."""

    def creation_options(
        self, challenge: str, user: User, known: Sequence[Passkey]
    ) -> str:
        """JSON for `navigator.credentials.create` (WebAuthn section 5.4)."""
        ...

    def request_options(self, challenge: str, known: Sequence[Passkey] = ()) -> str:
        """
        JSON for `navigator.credentials.get` (WebAuthn section 5.5).

        Args:
            known: which passkeys will do; none for whichever the person chooses.

        """
        ...

    def read(self, credential: str) -> ClaimedKey:
        """
        What an answer says of itself.

        Raises:
            NotAPasskey: it is no answer.

        """
        ...

    def check_creation(
        self, credential: str, challenge: str, *, subject: str, name: str
    ) -> Passkey:
        """
        The new passkey (WebAuthn section 7.1).

        Raises:
            NotAPasskey: for another site, another challenge, or nobody was verified.

        """
        ...

    def check_use(self, credential: str, challenge: str, passkey: Passkey) -> Passkey:
        """
        The passkey as it is after this use (WebAuthn section 7.2).

        Raises:
            NotAPasskey: another key's, for another site, another challenge, or nobody
                was verified.

        """
        ...
