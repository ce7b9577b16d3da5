"""A device that waits while its person signs in elsewhere (RFC 8628, client side)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from client_demo.errors import AnswerRefused

#: Between two questions, in seconds, where the provider does not say (section 3.2).
_INTERVAL = 5
#: How much slower after each `slow_down`, in seconds (section 3.5).
_SLOWER = 5
#: The longest that we wait for a person, in seconds.
_LONGEST = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """
    A device authorization that its person has not answered yet.

    Attributes:
        device_code: what we ask with; it never leaves the server.
        user_code: what the person types at `verification_uri`.
        complete: the same address with the code in it, or None; the code is shown
            beside it all the same (section 3.3.1).
        interval: seconds between two questions.
        expires_at: when there is nothing left to ask for, since the epoch.

    """

    device_code: str
    user_code: str
    verification_uri: str
    complete: str | None
    interval: int
    expires_at: int

    def asked(self, *, slower: bool) -> "Waiting":
        """After a question that was answered with `not yet` (section 3.5)."""
        return replace(self, interval=self.interval + (_SLOWER if slower else 0))


def read_device_authorization(answer: Mapping[str, Any], *, now: datetime) -> Waiting:
    """
    Read the answer of the device authorization endpoint (section 3.2).

    Raises:
        AnswerRefused: something is missing, or is not what it must be.

    """
    moment = int(now.timestamp())
    complete = answer.get("verification_uri_complete")
    return Waiting(
        device_code=_text(answer, "device_code"),
        user_code=_text(answer, "user_code"),
        verification_uri=_web_address(_text(answer, "verification_uri")),
        complete=_web_address(complete) if isinstance(complete, str) else None,
        interval=_seconds(answer.get("interval", _INTERVAL)),
        expires_at=moment + _seconds(answer.get("expires_in")),
    )


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    if not (isinstance(value, str) and value and value.isprintable()):
        raise AnswerRefused(f"{name} is not a text")
    return value


def _seconds(value: object) -> int:
    if type(value) is not int or not value > 0:
        raise AnswerRefused("expires_in or interval is not a positive number")
    return min(value, _LONGEST)


def _web_address(url: str) -> str:
    """A link that we show: to a web page, and to nothing that a browser would run."""
    try:
        fits = urlsplit(url).scheme in {"https", "http"} and url.isprintable()
    except ValueError:
        fits = False
    if not fits:
        raise AnswerRefused("verification_uri is not a web address")
    return url
