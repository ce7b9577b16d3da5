"""People, their password hashes and their pictures."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    ARRAY,
    Text,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from auth_service.ports import NameTaken
from auth_service.protocol.user import User, canonical
from auth_service.storage.edge import bounded
from auth_service.storage.postgres.engine import Engine, at_edge, single
from auth_service.storage.postgres.prepared import Prepared
from auth_service.storage.postgres.tables import users
from auth_service.storage.together import Together

COLUMNS = [
    users.c[name]
    for name in (
        "subject",
        "username",
        "email",
        "email_verified",
        "name",
        "phone_number",
        "birthdate",
        "emp_user_id",
        "picture_id",
        "updated_at",
        "disabled_at",
        "administrator",
        "locale",
    )
]
#: Which field a broken unique index belongs to.
_UNIQUE = {
    "uq_users_username_canonical": "username",
    "uq_users_email_canonical": "email",
    "uq_users_emp_user_id": "emp_user_id",
}
_FIND = Prepared(
    select(*COLUMNS).where(
        users.c.subject == func.any(bindparam("subjects", type_=ARRAY(Text)))
    )
)
_NAME = bindparam("name", type_=Text)
_BY_NAME = Prepared(
    select(*COLUMNS, users.c.password_hash).where(
        or_(users.c.username_canonical == _NAME, users.c.email_canonical == _NAME)
    )
)


@at_edge
class PostgresUsers:
    """The port `PeopleRegister`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._single = single(engine)
        self._people = Together(self._find)

    @bounded
    async def find(self, subject: str) -> User | None:
        """A person by their subject."""
        return await self._people.find(subject)

    async def _find(self, subjects: Sequence[str]) -> dict[str, User]:
        return {user.subject: user for user in await self.find_all(subjects)}

    async def find_all(self, subjects: Sequence[str]) -> Sequence[User]:
        """People by their subjects, those who exist."""
        rows = await _FIND.run(self._engine.lanes, subjects=[*subjects])
        return [to_user(row) for row in rows]

    async def find_by_identifier(self, identifier: str) -> tuple[User, str] | None:
        """
        A person and their password hash, by canonical username or e-mail.

        A username cannot contain `@`, so no name is somebody else's address.
        """
        rows = await _BY_NAME.run(self._engine.lanes, name=canonical(identifier))
        for row in rows:
            password_hash = row.pop("password_hash")
            return to_user(row), password_hash
        return None

    async def add(self, user: User, password_hash: str) -> None:
        """
        Register a person.

        Raises:
            NameTaken: a canonical name is in use.

        """
        values = {**_to_row(user), "password_hash": password_hash}
        await self._write(insert(users).values(subject=user.subject, **values))

    async def taken(self, user: User) -> frozenset[str]:
        """
        Which names of a new person are another's: `username`, `emp_user_id`.

        Never `email`: whether an address is known here is nobody's business.
        """
        name, number = canonical(user.username), user.emp_user_id
        same = [users.c.username_canonical == name]
        if number is not None:
            same.append(users.c.emp_user_id == number)
        statement = select(users.c.username_canonical, users.c.emp_user_id).where(
            or_(*same)
        )
        async with self._single.connect() as connection:
            rows = (await connection.execute(statement)).all()
        found = {"username" for row in rows if row[0] == name}
        found |= {"emp_user_id" for row in rows if number and row[1] == number}
        return frozenset(found)

    async def update(self, user: User) -> None:
        """
        Replace a person's profile.

        Raises:
            NameTaken: a canonical name is in use.

        """
        await self._change(user.subject, **_to_row(user))

    async def confirm_email(self, subject: str, email: str, *, before: str) -> bool:
        """
        Give a person an address that is proven; False where theirs is not `before`.

        Raises:
            NameTaken: the address is another person's.

        """
        mine = users.c.subject == subject
        unchanged = users.c.email_canonical == canonical(before)
        changed = await self._write(
            update(users)
            .where(mine, unchanged)
            .values(
                updated_at=func.now(),
                email=email,
                email_canonical=canonical(email),
                email_verified=True,
            )
        )
        return changed == 1

    async def set_password(self, subject: str, password_hash: str) -> None:
        """Change a password; every grant made before is dead from here on."""
        await self._change(
            subject, password_hash=password_hash, valid_after=func.clock_timestamp()
        )

    async def rehash(self, subject: str, password_hash: str) -> None:
        """Store the same password under newer parameters."""
        await self._change(subject, password_hash=password_hash)

    async def put_picture(self, subject: str, image: bytes) -> None:
        """Replace a person's picture with an encoded WEBP image."""
        # The name is of the content, so that a URL never shows another picture.
        name = sha256(subject.encode() + image).hexdigest()[:32]
        await self._change(subject, picture=image, picture_id=name)

    async def delete_picture(self, subject: str) -> None:
        """Forget a person's picture."""
        await self._change(subject, picture=None, picture_id=None)

    async def find_picture(self, picture_id: str) -> bytes | None:
        """A picture by the name in its URL."""
        statement = select(users.c.picture).where(users.c.picture_id == picture_id)
        async with self._single.connect() as connection:
            image: bytes | None = (await connection.execute(statement)).scalar()
        return image

    async def _change(self, subject: str, **values: Any) -> None:
        mine = users.c.subject == subject
        await self._write(
            update(users).where(mine).values(updated_at=func.now(), **values)
        )

    async def _write(self, statement: Any) -> int:
        try:
            async with self._engine.begin() as connection:
                return (await connection.execute(statement)).rowcount
        except IntegrityError as error:
            name = getattr(getattr(error.orig, "diag", None), "constraint_name", "")
            if name not in _UNIQUE:
                raise
            raise NameTaken(_UNIQUE[name]) from None


def to_user(row: Any) -> User:
    """A row of COLUMNS as the protocol's value."""
    fields = {c.name: row[c.name] for c in COLUMNS}
    picture_id = fields.pop("picture_id")
    fields["picture"] = f"/pictures/{picture_id}.webp" if picture_id else None
    fields["disabled"] = fields.pop("disabled_at") is not None
    return User(**fields)


def _to_row(user: User) -> dict[str, Any]:
    return {
        "username": user.username,
        "username_canonical": canonical(user.username),
        "email": user.email,
        "email_canonical": canonical(user.email),
        "email_verified": user.email_verified,
        "name": user.name,
        "phone_number": user.phone_number,
        "birthdate": user.birthdate,
        "emp_user_id": user.emp_user_id,
        "locale": user.locale,
    }
