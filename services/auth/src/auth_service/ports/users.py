"""People, what apps call them, and the end of their accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from auth_service.protocol.client import Client
from auth_service.protocol.user import User


class NameTaken(Exception):
    """A username, e-mail address or employee number is another person's already."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class Users(Protocol):
    """People."""

    async def find(self, subject: str) -> User | None:
        """A person by their subject."""
        ...

    async def find_all(self, subjects: Sequence[str]) -> Sequence[User]:
        """People by their subjects, those who exist."""
        ...

    async def find_by_identifier(self, identifier: str) -> tuple[User, str] | None:
        """A person and their password hash, by canonical username or e-mail."""
        ...


class PeopleRegister(Users, Protocol):
    """What registering and the account pages do to people."""

    async def add(self, user: User, password_hash: str) -> None:
        """
        Register a person.

        Raises:
            NameTaken: a canonical name is in use.

        """
        ...

    async def taken(self, user: User) -> frozenset[str]:
        """
        Which names of a new person are another's: `username`, `emp_user_id`.

        Never `email`: whether an address is known here is nobody's business.
        """
        ...

    async def update(self, user: User) -> None:
        """
        Replace a person's profile.

        Raises:
            NameTaken: a canonical name is in use.

        """
        ...

    async def confirm_email(self, subject: str, email: str, *, before: str) -> bool:
        """
        Give a person an address that is proven; False where theirs is not `before`.

        Raises:
            NameTaken: the address is another person's.

        """
        ...

    async def set_password(self, subject: str, password_hash: str) -> None:
        """Change a password; every grant made before is dead from here on."""
        ...

    async def rehash(self, subject: str, password_hash: str) -> None:
        """Store the same password under newer parameters."""
        ...

    async def put_picture(self, subject: str, image: bytes) -> None:
        """Replace a person's picture with an encoded WEBP image."""
        ...

    async def delete_picture(self, subject: str) -> None:
        """Forget a person's picture."""
        ...

    async def find_picture(self, picture_id: str) -> bytes | None:
        """A picture by the name in its URL."""
        ...


class Subjects(Protocol):
    """What apps call people (OpenID Connect Core section 8)."""

    def of(self, subject: str, client: Client) -> str:
        """The `sub` of this person in everything that this app gets."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedApp:
    """
    An app of a person's own.

    Attributes:
        people: how many others use it.

    """

    client_id: str
    client_name: str
    people: int


class Accounts(Protocol):
    """Whole accounts, to take them away."""

    async def apps_of(self, subject: str) -> Sequence[OwnedApp]:
        """The apps that go with this account, by name."""
        ...

    async def delete(self, subject: str) -> bool:
        """
        Delete a person and all that is theirs, and put down which apps to tell.

        False, and nothing is done, where other people use an app of theirs, or where
        nobody would be left to administer.
        """
        ...
