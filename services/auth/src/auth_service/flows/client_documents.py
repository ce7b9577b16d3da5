"""Clients, wherever they are described: registered here, or at their own address."""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from auth_service.ports import ClientDocuments, Clients, Outbound, Resources
from auth_service.protocol.client import Client
from auth_service.protocol.client_id_document import (
    MAX_DOCUMENT,
    is_document,
    read_document,
)
from auth_service.protocol.client_metadata import client_id_url_problem
from auth_service.protocol.registered_members import Offer
from valetkey.errors import (
    InvalidClientMetadata,
    InvalidRequest,
    TemporarilyUnavailable,
)
from valetkey.fetch import NotFound, Unfetchable

#: How long a document counts as fresh: what Cache-Control says, within bounds.
SHORTEST, DEFAULT, LONGEST = 60, 300, 3600

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=([0-9]{1,9})(?:$|[\s,])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindClient:
    """
    The port `Clients`, for clients with a metadata document as well.

    What was fetched is kept in the database, where consents and grants refer to it;
    no failure is ever kept (the draft's section 5.2). A client that is known and that
    cannot be reached for a while stays what it was.

    Attributes:
        offer: what a document may say.

    """

    clients: Clients
    documents: ClientDocuments
    resources: Resources
    outbound: Outbound
    offer: Offer
    _flights: dict[str, asyncio.Task[Client]] = field(default_factory=dict)

    async def find(self, client_id: str) -> Client | None:
        """
        The app of this name.

        Raises:
            InvalidRequest: the name is a URL that cannot be a client_id.
            InvalidClientMetadata: its document cannot be had, or not be used.
            InvalidRedirectUri: so can one of its redirect URIs.
            SlowDown: too many documents were fetched.

        """
        loopback = self.offer.loopback
        if not is_document(client_id, loopback=loopback):
            return await self.clients.find(client_id)
        if problem := client_id_url_problem(client_id, loopback=loopback):
            raise InvalidRequest(f"client_id: {problem}")
        known = await self.documents.find(client_id)
        if known is not None and known.client.suspended:
            return None
        if known is not None and known.fresh:
            return known.client
        try:
            return await self._once(client_id)
        except (Unfetchable, TemporarilyUnavailable) as error:
            # Gone is an answer; anything else may be over in a minute.
            if known is not None and known.usable and not isinstance(error, NotFound):
                return known.client
            if isinstance(error, TemporarilyUnavailable):
                raise
            raise InvalidClientMetadata(
                "the app's metadata document cannot be fetched", detail=str(error)
            ) from None

    def note_use(self, client_id: str, client_secret: str) -> None:
        """Remember, to the minute, that a secret was used; documents have none."""
        self.clients.note_use(client_id, client_secret)

    async def _once(self, client_id: str) -> Client:
        """Single flight: whoever asks meanwhile waits for the same answer."""
        flight = self._flights.get(client_id)
        if flight is None:
            flight = asyncio.create_task(self._fetch(client_id))
            self._flights[client_id] = flight
            flight.add_done_callback(partial(self._landed, client_id))
        # Shielded: whoever gives up waiting does not end it for the others.
        return await asyncio.shield(flight)

    def _landed(self, client_id: str, flight: asyncio.Task[Client]) -> None:
        del self._flights[client_id]
        if not flight.cancelled():
            flight.exception()  # looked at, also where nobody waits any more

    async def _fetch(self, client_id: str) -> Client:
        # Somebody may have fetched it between our looking and this.
        known = await self.documents.find(client_id)
        if known is not None and known.fresh:
            return known.client
        # The draft's section 5: status 200 and no other, and no redirect.
        fetched = await self.outbound.get_json(client_id, longest=MAX_DOCUMENT)
        catalogue = await self.resources.catalogue()
        client = read_document(fetched.value, client_id, catalogue, self.offer)
        await self.documents.put(client, fresh_for=fresh_for(fetched.cache_control))
        return client


def fresh_for(cache_control: str) -> timedelta:
    """How long a document counts as fresh: `max-age`, a minute to an hour."""
    told = _MAX_AGE.search(cache_control)
    seconds = int(told[1]) if told else DEFAULT
    return timedelta(seconds=min(max(seconds, SHORTEST), LONGEST))
