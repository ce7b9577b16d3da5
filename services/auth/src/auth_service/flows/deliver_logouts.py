"""Tell apps that a session ended, until they have heard (Back-Channel Logout 2.5)."""

import asyncio
from dataclasses import dataclass
from uuid import uuid4

from auth_service.ports import Clients, LogoutDeliveries, Outbound, Signer, Subjects
from auth_service.protocol.client import Client
from auth_service.protocol.logout_token import (
    DONE,
    TYP,
    Delivery,
    delay_after,
    logout_token_claims,
)
from valetkey.clock import Clock
from valetkey.errors import SlowDown
from valetkey.fetch import Unfetchable
from valetkey.logs import get_logger

log = get_logger(__name__)

#: So many are under way at once.
BATCH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverLogouts:
    """Works off what `Grants.revoke_session` has put down, one batch at a time."""

    issuer: str
    clients: Clients
    deliveries: LogoutDeliveries
    outbound: Outbound
    subjects: Subjects
    signer: Signer
    clock: Clock

    async def deliver(self) -> int:
        """Try what is due, side by side: a slow app keeps no other waiting."""
        due = await self.deliveries.claim_due(BATCH)
        await asyncio.gather(*(self._attempt(delivery) for delivery in due))
        return len(due)

    async def _attempt(self, delivery: Delivery) -> None:
        client = await self.clients.find(delivery.client_id)
        if client is None or client.backchannel_logout_uri is None:
            await self.deliveries.give_up(delivery.id, "the app has no address")
            return
        outcome = await self._post(delivery, client, client.backchannel_logout_uri)
        attempts = delivery.attempts + 1
        if outcome in {str(status) for status in DONE}:
            await self.deliveries.delivered(delivery.id, outcome)
        elif delay := delay_after(attempts):
            await self.deliveries.put_off(delivery.id, outcome, delay)
        else:
            await self.deliveries.give_up(delivery.id, outcome)
        log.info(
            "logout_told",
            client_id=delivery.client_id,
            outcome=outcome,
            attempts=attempts,
        )

    async def _post(self, delivery: Delivery, client: Client, uri: str) -> str:
        """The status of the answer, or why there was none."""
        claims = logout_token_claims(
            delivery,
            sub=self.subjects.of(delivery.subject, client),
            issuer=self.issuer,
            # A new one each time: an app that heard the last may say so again.
            jti=uuid4().hex,
            now=self.clock.now(),
        )
        alg = client.id_token_signed_response_alg
        token = self.signer.sign(claims, typ=TYP, alg=alg)
        try:
            return str(await self.outbound.post_form(uri, {"logout_token": token}))
        except (Unfetchable, SlowDown) as error:
            return str(error)
