"""Signed-in browsers, and what apps hear when they sign out."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from auth_service.protocol.logout_token import Delivery, DeliveryReport
from auth_service.protocol.session import Session


class Sessions(Protocol):
    """Signed-in browsers."""

    async def put(self, session: Session) -> None:
        """Keep a new session until it ends."""
        ...

    async def renew(self, session: Session) -> None:
        """Keep a session that was used, unless it has ended in the meantime."""
        ...

    async def find_all(self, keys: Sequence[str]) -> Sequence[Session]:
        """Those of these sessions that have not ended."""
        ...

    async def of(self, subject: str) -> Sequence[Session]:
        """Every session of a person, last used first."""
        ...

    async def end(self, session: Session) -> None:
        """End a session."""
        ...


class LogoutDeliveries(Protocol):
    """The outbox of logout tokens (OIDC Back-Channel Logout section 2.5)."""

    async def claim_due(self, most: int) -> Sequence[Delivery]:
        """Take what is due; one worker gets each."""
        ...

    async def delivered(self, delivery_id: str, outcome: str) -> None:
        """The app has heard."""
        ...

    async def put_off(self, delivery_id: str, outcome: str, delay: timedelta) -> None:
        """It did not hear; try again later."""
        ...

    async def give_up(self, delivery_id: str, outcome: str) -> None:
        """It did not hear, and will not."""
        ...


class LogoutReports(Protocol):
    """What became of an app's logout tokens."""

    async def of(self, client_id: str) -> Sequence[DeliveryReport]:
        """The last hundred, newest first."""
        ...

    async def try_again(self, client_id: str, delivery_id: str) -> None:
        """Make one that did not arrive due now."""
        ...
