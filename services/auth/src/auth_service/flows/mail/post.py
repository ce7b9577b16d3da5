"""Letters on their way: pages put them down here and do not wait."""

from collections.abc import Mapping
from dataclasses import dataclass

from auth_service.ports import Errands
from auth_service.protocol.letter import LIFETIMES, Errand, Kind
from auth_service.protocol.user import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """
    The letter box.

    Attributes:
        works: letters are sent from here; where not, addresses stay unproven.

    """

    errands: Errands
    works: bool

    async def send(
        self, kind: Kind, to: str, *, language: str, values: Mapping[str, str]
    ) -> None:
        """Put a letter down; whether there is anybody to get it is found out later."""
        errand = Errand(kind=kind, to=to, language=language, values=values)
        await self.errands.add(errand, lifetime=LIFETIMES[kind])

    async def tell(self, kind: Kind, person: User, *, language: str) -> None:
        """Tell a person what was done, at an address that is proven to be theirs."""
        if self.works and person.email_verified:
            values = {"username": person.username}
            await self.send(kind, person.email, language=language, values=values)
