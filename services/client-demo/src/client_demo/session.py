"""Somebody who is signed in: who they are, and the tokens we hold for them."""

from dataclasses import dataclass
from typing import Any

from client_demo.oauth.checks import Check
from client_demo.oauth.token_response import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """
    Who signed in, and how we came to believe it.

    Attributes:
        claims: of the ID token, verified.
        userinfo: more of them, or None where the provider gave none.
        checks: what was checked.
        signed_in_at: when, in seconds since the epoch.
        csrf_token: stands in every form of the session.

    """

    claims: dict[str, Any]
    userinfo: dict[str, Any] | None
    checks: tuple[Check, ...]
    signed_in_at: int
    csrf_token: str

    @property
    def subject(self) -> str:
        """The provider's name for them, never reused for somebody else."""
        return str(self.claims["sub"])

    @property
    def sid(self) -> str | None:
        """The provider's name for its own session (Back-Channel Logout section 2.1)."""
        sid = self.claims.get("sid")
        return sid if isinstance(sid, str) and sid else None

    @property
    def profile(self) -> dict[str, Any]:
        """Everything that the provider said about them."""
        return self.claims | (self.userinfo or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session as it was found; `key` is the fingerprint of its handle."""

    key: str
    person: Person
    tokens: Tokens
