"""Letters that are due, how they leave, and those that stay here."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from auth_service.protocol.letter import ClaimedErrand, Errand, Letter, Written


class Errands(Protocol):
    """Letters that have to be sent; each lives no longer than it is worth sending."""

    async def add(self, errand: Errand, *, lifetime: timedelta) -> None:
        """One more, due now."""
        ...

    async def claim_due(self, most: int) -> Sequence[ClaimedErrand]:
        """Take what is due; one worker gets each, and has a minute for it."""
        ...

    async def done(self, errand_id: str) -> None:
        """It is sent, or never will be."""
        ...

    async def put_off(self, errand_id: str, delay: timedelta) -> None:
        """It is not sent; try again later."""
        ...


class Undelivered(Exception):
    """
    The mail server did not take a letter.

    Attributes:
        final: it never will.

    """

    def __init__(self, reason: str, *, final: bool) -> None:
        super().__init__(reason)
        self.final = final


class Mailer(Protocol):
    """Carries letters away."""

    async def send(self, letter: Letter, *, name: str, language: str) -> None:
        """
        Send a letter; one of the same name is the same letter.

        Raises:
            Undelivered: it was not taken.

        """
        ...


class Inbox(Protocol):
    """What was sent where letters only go as far as this server."""

    async def put(self, written: Written) -> None:
        """The newest letter."""
        ...

    async def letters(self) -> Sequence[Written]:
        """The last hundred, newest first."""
        ...
