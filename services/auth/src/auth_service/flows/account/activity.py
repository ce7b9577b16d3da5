"""What happened to a person's account, for their own eyes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from auth_service.ports import OwnEvent, OwnEvents, PageTokens
from auth_service.protocol.activity import SENTENCES
from auth_service.protocol.user import User
from valetkey.errors import InvalidRequest

#: Rows of a page.
PAGE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    A line of the activity page.

    Attributes:
        app: the name of the app that it is about, if it is about one.
        ip: where from, if it was the person, or somebody in their place.

    """

    at: datetime
    text: str
    app: str | None
    ip: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """The activity page's work."""

    events: OwnEvents
    pages: PageTokens

    async def of(
        self, person: User, page: str | None
    ) -> tuple[Sequence[Entry], str | None]:
        """
        A page of what happened, newest first, and the token of the next one.

        Raises:
            InvalidRequest: the token is of no page of this person's.

        """
        of = ("activity", person.subject)
        before = self._place(of, page) if page else None
        found = await self.events.of(
            person.subject, list(SENTENCES), before=before, most=PAGE + 1
        )
        rows, rest = found[:PAGE], found[PAGE:]
        following = self.pages.write(of, [str(rows[-1].id)]) if rest else None
        return [to_entry(row) for row in rows], following

    def _place(self, of: tuple[str, ...], page: str) -> int:
        try:
            return int(self.pages.read(of, page)[0])
        except InvalidRequest:
            raise InvalidRequest("this page of the activity does not exist") from None


def to_entry(event: OwnEvent) -> Entry:
    """An event as its person reads it."""
    text = SENTENCES[event.event]
    return Entry(at=event.at, text=text, app=event.client_name, ip=event.ip)
