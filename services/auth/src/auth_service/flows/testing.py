"""An app that is in testing, and the person who is about to use it."""

from dataclasses import dataclass

from auth_service.ports import Clients, Users
from auth_service.protocol.testing import NotATester, may_try


@dataclass(frozen=True, slots=True, kw_only=True)
class InTesting:
    """The one gate before an app that is not for everybody yet."""

    clients: Clients
    users: Users

    async def check(self, client_id: str, subject: str) -> None:
        """
        Let its owner and its testers through, and everybody once it is live.

        Raises:
            NotATester: this person is none of them.

        """
        client = await self.clients.find(client_id)
        if client is None or client.live:  # whoever answers misses it
            return
        if not may_try(client, await self.users.find(subject)):
            raise NotATester
