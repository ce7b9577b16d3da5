"""A sign-in that a developer tries from the console: what was asked, what came back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """
    One that is under way.

    Attributes:
        browser: key of the browser that began it; no other may end it.
        verifier: what the code_challenge was made of.
        request: the parameters of the authorization request.

    """

    client_id: str
    browser: str
    redirect_uri: str
    verifier: str
    nonce: str
    request: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """
    What became of it, step by step.

    Attributes:
        request: the parameters of the authorization request.
        answer: those that came back.
        error: of the code exchange, and what we know about it.
        tokens: the token response without the tokens.
        elided: which tokens there were; they are revoked.
        id_token: its claims, whose signature was checked.

    """

    request: Mapping[str, str]
    answer: Mapping[str, str]
    error: tuple[str, str] | None = None
    tokens: Mapping[str, object] | None = None
    elided: tuple[str, ...] = ()
    id_token: Mapping[str, Any] | None = None
    nonce_matches: bool = False
