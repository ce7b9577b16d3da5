"""The last errors of each app: what was refused, for its developer to see."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from auth_service.ports import Clients, Refusals
from auth_service.protocol.client_authentication import read_credentials
from auth_service.protocol.refusal import describe_refusal, is_worth_noting
from valetkey.clock import Clock
from valetkey.errors import OAuthError, TemporarilyUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRefusals:
    """Notes what an app was refused, where it has a developer who could look."""

    clients: Clients
    refusals: Refusals
    clock: Clock

    def noting(
        self,
        endpoint: str,
        parameters: Mapping[str, str],
        *,
        ip: str,
        authorization: str | None = None,
        authenticates: bool = True,
    ) -> "Noting":
        """Whatever is refused inside is noted, and refused all the same."""
        return Noting(
            partial(
                self.note,
                endpoint=endpoint,
                parameters=parameters,
                ip=ip,
                authorization=authorization,
                authenticates=authenticates,
            )
        )

    async def note(
        self,
        error: OAuthError,
        endpoint: str,
        parameters: Mapping[str, str],
        *,
        ip: str,
        authorization: str | None = None,
        authenticates: bool = False,
    ) -> None:
        """
        Keep one refusal.

        Nobody hears another error because this one could not be kept.

        Args:
            authenticates: whether the endpoint asks the app who it is.

        """
        if not is_worth_noting(error):
            return
        client_id, method = parameters.get("client_id"), None
        if authenticates:
            with suppress(OAuthError):
                credentials = read_credentials(parameters, authorization)
                client_id, method = credentials.client_id, credentials.method
        refusal = describe_refusal(
            error,
            parameters,
            endpoint=endpoint,
            method=method,
            ip=ip,
            now=self.clock.now(),
        )
        with suppress(TemporarilyUnavailable):
            client = await self.clients.find(client_id) if client_id else None
            if client is not None and client.owner is not None:
                await self.refusals.add(client.client_id, refusal)


@dataclass(frozen=True, slots=True)
class Noting:
    """What `noting` gives: `async with` it."""

    note: Callable[[OAuthError], Awaitable[None]]

    async def __aenter__(self) -> None:
        """Nothing is refused yet."""

    async def __aexit__(self, _: object, raised: object, __: object) -> None:
        if isinstance(raised, OAuthError):
            await self.note(raised)
