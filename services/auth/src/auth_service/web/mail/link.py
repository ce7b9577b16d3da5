"""The link of a letter: taken out of the address before any page is shown."""

import re

from starlette.requests import Request
from starlette.responses import Response

from auth_service.protocol.letter import LIFETIMES
from auth_service.web.members import see
from auth_service.web.pages import page
from auth_service.web.read import read_query

#: What waits between the address and the page: browser history and screens never
#: hold it, and no other site can read it.
COOKIE = "__Host-valetkey-letter"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}(\.[A-Za-z0-9_-]{43})?")


def taken_out(request: Request) -> Response | None:
    """
    To the same page without the token, if the address holds one.

    Nothing is used up: scanners and previews open links too.
    """
    token = read_query(request).get("token")
    if token is None:
        return None
    answer = see(request.scope["path"])
    answer.set_cookie(
        COOKIE,
        token if _TOKEN.fullmatch(token) else "",
        max_age=int(LIFETIMES["sign_up"].total_seconds()),
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return answer


def token_of(request: Request) -> str:
    """The token with which this browser came, or one that is nobody's."""
    token = request.cookies.get(COOKIE, "")
    return token if _TOKEN.fullmatch(token) else ""


def forget(answer: Response) -> Response:
    """The token has served."""
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return answer


def over(again: str) -> Response:
    """The page for links that are used, too old or void; `again` is where to begin."""
    return forget(page("mail/link_over.html", status=400, again=again))
