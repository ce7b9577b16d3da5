"""/api/admin/people."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter

from auth_service.flows.administration.people import ManagePeople, Reset
from auth_service.protocol.administration import Actor
from auth_service.protocol.user import User
from auth_service.web.administration.api.route import ApiRoute, Door

Change = Literal[
    "disable",
    "enable",
    "verify-email",
    "end-sessions",
    "make-administrator",
    "unmake-administrator",
]


@dataclass(frozen=True, slots=True)
class Person:
    """An account."""

    subject: str
    username: str
    email: str
    email_verified: bool
    name: str
    phone_number: str | None
    birthdate: date | None
    emp_user_id: str | None
    disabled: bool
    administrator: bool
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Some of them; `next` is the `page` to ask for next."""

    people: list[Person]
    next: str | None


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What an account begins with; its owner chooses the password."""

    username: str
    email: str
    name: str = ""
    phone_number: str = ""
    birthdate: str = ""
    emp_user_id: str = ""


@dataclass(frozen=True, slots=True)
class PasswordReset:
    """`reset_link` is null where it was sent by mail."""

    reset_link: str | None


@dataclass(frozen=True, slots=True)
class Created:
    """The account, and where a password is chosen if that was not sent by mail."""

    person: Person
    reset_link: str | None


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A browser in which somebody is signed in."""

    device: str
    ip: str
    auth_time: datetime
    last_seen_at: datetime


def routes(people: ManagePeople, door: Door) -> APIRouter:
    """Everybody, searched, made, let in and shut out."""
    router = APIRouter(route_class=ApiRoute, tags=["people"])
    allowed = Annotated[Actor, door("admin:people")]
    changes = {
        "disable": people.disable,
        "enable": people.enable,
        "verify-email": people.verify_email,
        "end-sessions": people.end_sessions,
        "make-administrator": people.make_administrator,
        "unmake-administrator": people.unmake_administrator,
    }

    @router.get("/people")
    async def search_people(
        _: allowed,
        search: str = "",
        order: Literal["username", "newest"] = "username",
        page: str | None = None,
    ) -> PeoplePage:
        """People whose name, username or e-mail address begins so."""
        found = await people.search(search, order=order, page=page)
        rows = [_person(row.user, row.created_at) for row in found.rows]
        return PeoplePage(rows, found.next)

    @router.post("/people", status_code=201)
    async def create_person(actor: allowed, body: NewPerson) -> Created:
        """Make an account."""
        person, reset = await people.create(asdict(body), actor, language="en")
        return Created(_person(person), reset.link)

    @router.get("/people/{subject}")
    async def find_person(_: allowed, subject: str) -> Person:
        """One person."""
        return _person(await people.find(subject))

    @router.get("/people/{subject}/sessions")
    async def find_sessions(_: allowed, subject: str) -> list[BrowserSession]:
        """Where they are signed in."""
        found = await people.sessions_of(await people.find(subject))
        return [
            BrowserSession(s.device, s.ip, s.auth_time, s.last_seen_at) for s in found
        ]

    @router.post("/people/{subject}/reset")
    async def reset_password(actor: allowed, subject: str) -> PasswordReset:
        """Make the password worthless and have a new one chosen by a link."""
        person = await people.find(subject)
        reset: Reset = await people.reset(person, actor, language="en")
        return PasswordReset(reset.link)

    @router.post("/people/{subject}/{change}")
    async def change_person(actor: allowed, subject: str, change: Change) -> Person:
        """Let in, shut out, vouch for, sign out, put in charge or take out of it."""
        await changes[change](await people.find(subject), actor)
        return _person(await people.find(subject))

    return router


def _person(user: User, created_at: datetime | None = None) -> Person:
    return Person(
        subject=user.subject,
        username=user.username,
        email=user.email,
        email_verified=user.email_verified,
        name=user.name,
        phone_number=user.phone_number,
        birthdate=user.birthdate,
        emp_user_id=user.emp_user_id,
        disabled=user.disabled,
        administrator=user.administrator,
        created_at=created_at,
    )
