"""Values of the protocol in a form that people can read."""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from valetkey.fetch import origin

#: Claims that are moments, in seconds since the epoch.
_MOMENTS = frozenset({"exp", "iat", "nbf", "auth_time", "updated_at"})

#: What the parameters of the flow are for, beside each of them.
MEANINGS: Mapping[str, str] = {
    "response_type": "we want a code, not tokens in the address bar",
    "client_id": "which application asks",
    "redirect_uri": "where the answer must go; registered beforehand, letter by letter",
    "scope": "what is asked for",
    "state": "ties the answer to this browser; random, used once",
    "nonce": "ties the ID token to this request",
    "code_challenge": "SHA-256 of a secret that only this server knows (PKCE)",
    "code_challenge_method": "how the challenge was made",
    "dpop_jkt": "the thumbprint of the key that the tokens are bound to (DPoP)",
    "resource": "the API that the access token is for",
    "prompt": "which pages to show, or none at all",
    "max_age": "how old the sign-in may be, in seconds",
    "acr_values": "how strong the sign-in must be",
    "id_token_hint": "whom we know already",
    "request_uri": "stands for everything that was pushed; works once",
    "iss": "who answers; must be whom we asked",
    "code": "works once, for a minute, and only with the verifier",
    "code_verifier": "the secret behind code_challenge",
    "grant_type": "what we trade for tokens",
    "refresh_token": "works once; the answer brings the next one",
    "device_code": "what this screen asks with; only it knows it",
    "subject_token": "the token that is traded",
    "subject_token_type": "what kind of token that is",
    "requested_token_type": "what kind of token we want",
    "token": "what we give back",
    "token_type_hint": "what kind of token that is",
    "client_secret": "proves which application asks",
    "error": "why the answer is no",
}


def moment(seconds: float) -> str:
    """A NumericDate as a date and a time of day."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return "no date"


def distance(seconds: int) -> str:
    """How far away a moment is: `in 9 min`, `2 h ago`."""
    amount, unit = abs(seconds), "s"
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if amount >= size:
            amount, unit = round(amount / size), name
            break
    if amount == 0:
        return "now"
    return f"in {amount} {unit}" if seconds > 0 else f"{amount} {unit} ago"


def claim_rows(claims: Mapping[str, Any], now: int) -> list[tuple[str, str, str]]:
    """Name, value and, for moments, what it means to people."""
    rows = []
    for name, value in claims.items():
        if isinstance(value, str):
            shown = value
        else:
            shown = json.dumps(value, ensure_ascii=False)
        meaning = ""
        if name in _MOMENTS and type(value) in (int, float):
            meaning = f"{moment(value)}, {distance(int(value) - now)}"
        rows.append((name, shown, meaning))
    return rows


def picture_of(profile: Mapping[str, Any], origins: Collection[str]) -> str | None:
    """The person's picture, if it is where our policy lets a browser fetch it."""
    picture = profile.get("picture")
    try:
        fits = isinstance(picture, str) and origin(picture) in origins
    except ValueError:
        fits = False
    return picture if fits else None
