"""An app gets another owner: it is offered by name, and theirs once they accept."""

from collections.abc import Sequence
from dataclasses import dataclass

from auth_service.flows import apps
from auth_service.flows.apps import AppNotFound, too_many_apps
from auth_service.ports import AppRegister, Audit, Transfer, Transfers
from auth_service.protocol.client import Client
from auth_service.protocol.message import say
from auth_service.protocol.sign_up_form import Unusable
from auth_service.protocol.testing import is_named, read_name
from auth_service.protocol.user import User


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferApp:
    """
    Offers an app to somebody, and takes their answer.

    Nobody is looked up when it is offered, so that the console tells nobody who has
    an account here; whoever has that name sees the offer.
    """

    clients: AppRegister
    transfers: Transfers
    audit: Audit

    async def pending(self, app: Client) -> Transfer | None:
        """To whom the app is offered."""
        return await self.transfers.of(app.client_id)

    async def offer(
        self, app: Client, owner: User, name: str, confirm: str, *, ip: str
    ) -> None:
        """
        Offer an app to the person of this username or e-mail address.

        Raises:
            Unusable: it is no name, or the owner's own; or the app's name was not
                typed.

        """
        recipient = read_name(name)
        if is_named(owner, recipient):
            raise Unusable({"name": say("It is yours already.")})
        if confirm.strip() != app.client_name:
            raise Unusable({"app_name": say("This is not the app's name.")})
        await self.transfers.offer(app.client_id, owner.subject, recipient)
        await self._record("app.transfer_offered", app.client_id, owner, ip)

    async def withdraw(self, app: Client, owner: User, *, ip: str) -> None:
        """Take an offer back."""
        if await self.transfers.withdraw(app.client_id):
            await self._record("app.transfer_withdrawn", app.client_id, owner, ip)

    async def offered_to(self, person: User) -> Sequence[Transfer]:
        """The apps that this person is offered."""
        return await self.transfers.offered_to(_names(person))

    async def accept(self, client_id: str, person: User, *, ip: str) -> None:
        """
        Make an app that was offered this person's.

        Raises:
            AppNotFound: it is not offered to them, or not any more.
            Unusable: they have as many as they may.

        """
        if len(await self.clients.owned_by(person.subject)) >= apps.MAX_APPS:
            raise too_many_apps()
        names = _names(person)
        if not await self.transfers.accept(client_id, names, person.subject):
            raise AppNotFound("this app is not offered to you")
        await self._record("app.transferred", client_id, person, ip)

    async def decline(self, client_id: str, person: User, *, ip: str) -> None:
        """
        Leave an app with its owner.

        Raises:
            AppNotFound: see `accept`.

        """
        offered = await self.offered_to(person)
        if client_id not in {transfer.client_id for transfer in offered}:
            raise AppNotFound("this app is not offered to you")
        await self.transfers.withdraw(client_id)
        await self._record("app.transfer_declined", client_id, person, ip)

    async def _record(self, event: str, client_id: str, person: User, ip: str) -> None:
        await self.audit.record(
            event, subject=person.subject, client_id=client_id, ip=ip
        )


def _names(person: User) -> list[str]:
    """By which names somebody may mean this person; see `is_named`."""
    return [person.username, *([person.email] if person.email_verified else [])]
