"""What came back from the token endpoint (RFC 6749 sections 5.1 and 5.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from client_demo.errors import AnswerRefused, TokenRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """
    What the provider gave us; it never leaves the server.

    `expires_at` is in seconds since the epoch, None where the provider says nothing.
    """

    access_token: str
    refresh_token: str | None
    id_token: str | None
    scope: str
    expires_at: int | None

    def expire_soon(self, now: datetime) -> bool:
        """Whether the access token may be refused before the API has read it."""
        return self.expires_at is not None and now.timestamp() > self.expires_at - 30


def read_token_response(
    status: int, answer: Mapping[str, Any], *, requested: str, now: datetime
) -> Tokens:
    """
    Read the answer of the token endpoint.

    Args:
        status: the HTTP status.
        answer: the JSON object.
        requested: the scope asked for, which is granted where none is named.
        now: the present moment.

    Raises:
        TokenRefused: the provider said no, with its error code.
        AnswerRefused: it is not a token response.

    """
    if status != 200:
        raise TokenRefused(_error_code(answer))
    if str(answer.get("token_type", "")).lower() != "bearer":
        raise AnswerRefused("token_type is not Bearer")
    lifetime = answer.get("expires_in")
    if lifetime is not None and (type(lifetime) is not int or lifetime <= 0):
        raise AnswerRefused("expires_in is not a positive number")
    access_token = _text(answer, "access_token")
    if access_token is None:
        raise AnswerRefused("access_token is missing")
    return Tokens(
        access_token=access_token,
        refresh_token=_text(answer, "refresh_token"),
        id_token=_text(answer, "id_token"),
        scope=_text(answer, "scope") or requested,
        expires_at=None if lifetime is None else int(now.timestamp()) + lifetime,
    )


def _text(answer: Mapping[str, Any], name: str) -> str | None:
    value = answer.get(name)
    if value is None:
        return None
    # What goes into an Authorization header must not be able to break out of it.
    if not (
        isinstance(value, str) and value and value.isascii() and value.isprintable()
    ):
        raise AnswerRefused(f"{name} is not a text")
    return value


def _error_code(answer: Mapping[str, Any]) -> str:
    error = answer.get("error")
    known = isinstance(error, str) and error.isascii() and error.isprintable()
    return str(error)[:60] if known else "unknown"
