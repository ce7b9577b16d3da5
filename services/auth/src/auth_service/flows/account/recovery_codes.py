"""Ten codes for the day on which a person's device is gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import choice

from auth_service.ports import Audit, SecondFactors
from auth_service.protocol.factors import (
    RECOVERY_ALPHABET,
    RECOVERY_CODES,
    RECOVERY_LENGTH,
)
from auth_service.protocol.user import User


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodes:
    """Each is good once; what is kept of them cannot be turned back."""

    factors: SecondFactors
    audit: Audit

    async def renew(self, person: User, *, ip: str) -> Sequence[str]:
        """New codes, to be shown this once; the old ones are worth nothing."""
        codes = [
            "".join(choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_LENGTH))
            for _ in range(RECOVERY_CODES)
        ]
        await self.factors.put_recovery_codes(person.subject, codes)
        await self.audit.record("recovery_codes.new", subject=person.subject, ip=ip)
        return ["-".join(c[i : i + 4] for i in range(0, len(c), 4)) for c in codes]

    async def ensure(self, person: User, *, ip: str) -> Sequence[str]:
        """New codes for whoever has none; nothing where there are some."""
        if (await self.factors.of(person.subject)).recovery_codes:
            return []
        return await self.renew(person, ip=ip)

    async def forget_unless_needed(self, person: User) -> None:
        """Whoever has no second factor any more has nothing to recover."""
        if not (await self.factors.of(person.subject)).required:
            await self.factors.put_recovery_codes(person.subject, [])
