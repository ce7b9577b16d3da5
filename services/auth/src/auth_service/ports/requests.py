"""Authorization requests that wait for somebody."""

from typing import Protocol

from auth_service.protocol.authorization_request import AuthorizationRequest
from auth_service.protocol.interaction import Waiting


class WaitingRequests(Protocol):
    """Requests whose person is at one of our pages, by a handle for one step."""

    async def put(self, handle: str, waiting: Waiting) -> None:
        """Keep a request for as long as people take."""
        ...

    async def find(self, handle: str) -> Waiting | None:
        """A request, to show its page."""
        ...

    async def take(self, handle: str) -> Waiting | None:
        """A request, to go a step forward; one caller wins."""
        ...

    async def find_way_back(self, handle: str) -> str | None:
        """The app that an expired or finished request came from: its client_id."""
        ...


class PushedRequests(Protocol):
    """Requests that were pushed, by the reference that their clients got."""

    async def put(self, request_uri: str, request: AuthorizationRequest) -> None:
        """Keep a request for its lifetime."""
        ...

    async def find(self, request_uri: str) -> AuthorizationRequest | None:
        """A request that was not answered yet; however often its page is loaded."""
        ...

    async def claim(self, request_uri: str) -> bool:
        """Use a reference up; one caller wins."""
        ...
