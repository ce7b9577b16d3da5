"""Who a person is to the apps that they sign in to: names and a picture."""

from collections.abc import Mapping
from dataclasses import dataclass

from auth_service.ports import Audit, NameTaken, PeopleRegister, Pictures
from auth_service.protocol.message import say
from auth_service.protocol.session import Browser
from auth_service.protocol.sign_up_form import Unusable, read_profile
from auth_service.protocol.user import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The profile page's work."""

    users: PeopleRegister
    pictures: Pictures
    audit: Audit

    async def person(self, browser: Browser) -> User | None:
        """Who is signed in here; nobody once their account is gone or disabled."""
        if browser.session is None:
            return None
        person = await self.users.find(browser.session.subject)
        return None if person is None or person.disabled else person

    async def change(self, values: Mapping[str, str], person: User, *, ip: str) -> None:
        """
        Replace the profile; the username stays, a new address is unverified.

        Raises:
            Unusable: with every field that cannot be taken.

        """
        changed = read_profile({**values, "username": person.username}, person)
        try:
            await self.users.update(changed)
        except NameTaken as taken:
            raise Unusable({taken.field: say("Somebody uses this already.")}) from None
        await self.audit.record("profile.changed", subject=person.subject, ip=ip)

    async def put_picture(self, image: bytes, person: User, *, ip: str) -> None:
        """
        Replace the picture.

        Raises:
            Unusable: it is not one that we can read.
            TemporarilyUnavailable: too many pictures wait already.

        """
        square = await self.pictures.square(image)
        await self.users.put_picture(person.subject, square)
        await self.audit.record("picture.changed", subject=person.subject, ip=ip)

    async def delete_picture(self, person: User, *, ip: str) -> None:
        """Go without a picture."""
        await self.users.delete_picture(person.subject)
        await self.audit.record("picture.removed", subject=person.subject, ip=ip)
