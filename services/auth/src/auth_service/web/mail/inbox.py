"""GET /dev/mail: the inbox that stands in for every mailbox, in development only."""

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from auth_service.protocol.letter import Written
from auth_service.web.errors import for_people
from auth_service.web.pages import page

_PAGE = "/dev/mail"
_LINK = re.compile(r"(https?://\S+)")


def routes(kept: Callable[[], Awaitable[Sequence[Written]]]) -> APIRouter:
    """The list of letters, and one letter."""
    router = for_people()

    @router.get(_PAGE)
    async def letters(_: Request) -> Response:
        shown = [
            {
                "url": f"{_PAGE}/{letter.id}",
                "to": letter.to,
                "subject": letter.subject,
                "sent_at": datetime.fromisoformat(letter.sent_at),
            }
            for letter in await kept()
        ]
        return page("mail/inbox.html", letters=shown)

    @router.get(_PAGE + "/{name}")
    async def letter(name: str) -> Response:
        found = next((each for each in await kept() if each.id == name), None)
        if found is None:
            raise HTTPException(404)
        sent_at = datetime.fromisoformat(found.sent_at)
        # Text and links by turns.
        parts = _LINK.split(found.text)
        return page("mail/letter.html", letter=found, parts=parts, sent_at=sent_at)

    return router
