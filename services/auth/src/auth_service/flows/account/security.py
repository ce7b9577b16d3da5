"""What a person signs in with, to show it."""

from collections.abc import Sequence
from dataclasses import dataclass

from auth_service.ports import Passkeys, SecondFactors
from auth_service.protocol.factors import Factors, Passkey
from auth_service.protocol.user import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """The security page's work."""

    factors: SecondFactors
    passkeys: Passkeys

    async def of(self, person: User) -> tuple[Factors, Sequence[Passkey]]:
        """What a person has beside their password."""
        return (
            await self.factors.of(person.subject),
            await self.passkeys.of(person.subject),
        )
