"""What the developer console does to apps, and shows of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from auth_service.ports.clients import Clients
from auth_service.protocol.client import Client
from auth_service.protocol.refusal import Refusal
from auth_service.protocol.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A live client secret as its owner sees it: never the secret itself."""

    id: str
    hint: str
    created_at: datetime
    last_used_at: datetime | None


class AppRegister(Clients, Protocol):
    """What the developer console does to apps."""

    async def find_registered(self, client_id: str) -> Client | None:
        """The app of this name, suspended or not."""
        ...

    async def owned_by(self, subject: str) -> Sequence[Client]:
        """The apps of a person, newest first."""
        ...

    async def put(self, client: Client) -> None:
        """Register an app or replace its metadata; its secrets stay."""
        ...

    async def replace(self, before: Client, after: Client) -> bool:
        """
        Change an app; False where somebody else has changed it meanwhile.

        Secrets that it has no more use for end. Where it answers at other addresses,
        or proves itself by other keys, people are asked for consent again.
        """
        ...

    async def delete(self, client_id: str) -> None:
        """Remove an app with its secrets, consents and grants."""
        ...

    async def secrets(self, client_id: str) -> Sequence[Secret]:
        """The app's live secrets, oldest first."""
        ...

    async def add_secret(self, client_id: str, client_secret: str) -> bool:
        """Add a second live secret; False where two are alive already."""
        ...

    async def delete_secret(self, client_id: str, secret_id: str) -> None:
        """End a secret at once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """
    An app that is offered to somebody.

    Attributes:
        recipient: their username or e-mail address, as the owner typed it.
        publisher: the owner's name.

    """

    client_id: str
    client_name: str
    publisher: str | None
    recipient: str
    created_at: datetime


class Transfers(Protocol):
    """Apps on their way to another owner."""

    async def offer(self, client_id: str, owner: str, recipient: str) -> None:
        """Offer an app of this owner's; an offer before is forgotten."""
        ...

    async def withdraw(self, client_id: str) -> bool:
        """Take an offer back, or decline it; False where there is none."""
        ...

    async def of(self, client_id: str) -> Transfer | None:
        """To whom an app is offered."""
        ...

    async def offered_to(self, names: Sequence[str]) -> Sequence[Transfer]:
        """What is offered to somebody of these names, compared canonically."""
        ...

    async def accept(self, client_id: str, names: Sequence[str], owner: str) -> bool:
        """Give an app to whom it is offered; one caller wins."""
        ...


class Refusals(Protocol):
    """The last requests of each app that were refused; old ones go by themselves."""

    async def add(self, client_id: str, refusal: Refusal) -> None:
        """Keep one, and no more than a few."""
        ...

    async def of(self, client_id: str) -> Sequence[Refusal]:
        """Those that are kept, newest first."""
        ...


class Trials(Protocol):
    """Sign-ins that developers try from the console, by their state."""

    async def put(self, state: str, trial: Trial) -> None:
        """Keep one for as long as people take."""
        ...

    async def take(self, state: str) -> Trial | None:
        """One that comes back; one caller wins."""
        ...
