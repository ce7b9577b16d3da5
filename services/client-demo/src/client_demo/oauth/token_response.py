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
    `key` is the private key that they are bound to (RFC 9449), as a JWK, or None.
    """

    access_token: str
    refresh_token: str | None
    id_token: str | None
    scope: str
    expires_at: int | None
    key: str | None = None

    @property
    def authorization(self) -> str:
        """
        The Authorization header (RFC 6750 section 2.1, RFC 9449 section 7.1).

        A token is sent in no other place (RFC 9700 section 4.3.2).
        """
        return f"{'DPoP' if self.key else 'Bearer'} {self.access_token}"

    def expire_soon(self, now: datetime) -> bool:
        """Whether the access token may be refused before the API has read it."""
        return self.expires_at is not None and now.timestamp() > self.expires_at - 30


def read_token_response(
    status: int,
    answer: Mapping[str, Any],
    *,
    requested: str,
    now: datetime,
    key: str | None = None,
) -> Tokens:
    """
    Read the answer of the token endpoint.

    Args:
        status: the HTTP status.
        answer: the JSON object.
        requested: the scope asked for, which is granted where none is named.
        now: the present moment.
        key: the key that the tokens must be bound to, or None.

    Raises:
        TokenRefused: the provider said no, with its error code.
        AnswerRefused: it is not a token response.

    """
    if status != 200:
        raise TokenRefused(error_code(answer))
    # A provider that knows no DPoP answers with a token that anybody can use, and
    # we asked for another one (RFC 6749 section 7.1, RFC 9449 section 5).
    token_type = "DPoP" if key else "Bearer"
    if str(answer.get("token_type", "")).lower() != token_type.lower():
        raise AnswerRefused(f"token_type is not {token_type}")
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
        key=key,
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


def error_code(answer: Mapping[str, Any]) -> str:
    """`error` of a refusal, where it can be shown."""
    error = answer.get("error")
    known = isinstance(error, str) and error.isascii() and error.isprintable()
    return str(error)[:60] if known else "unknown"
