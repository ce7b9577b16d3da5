"""Logout tokens: apps are told that a session ended (OIDC Back-Channel Logout 2.4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

TYP = "logout+jwt"
#: What the one member of `events` is called, letter by letter.
EVENT = "http://schemas.openid.net/event/backchannel-logout"
#: Seconds that a logout token is good for: section 2.4 asks for two minutes at most.
LIFETIME = 120
#: How long after each failed attempt the next one is made; after the last, no more.
DELAYS = tuple(
    timedelta(seconds=seconds)
    for seconds in (2, 10, 60, 300, 1800, 3600, 4 * 3600, 12 * 3600)
)
#: Answers that say it was done (section 2.8).
DONE = frozenset({200, 204})


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """
    One session's end, to be told to one app.

    Attributes:
        attempts: how many there were, the one that is due not counted.

    """

    id: str
    client_id: str
    subject: str
    sid: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """
    What became of it, for the app's owner.

    Attributes:
        outcome: of the last attempt: an HTTP status or what stood in the way.
        next_attempt_at: None once it is delivered or given up.

    """

    id: str
    sid: str
    created_at: datetime
    attempts: int
    outcome: str | None
    next_attempt_at: datetime | None
    delivered_at: datetime | None


def logout_token_claims(
    delivery: Delivery, *, sub: str, issuer: str, jti: str, now: datetime
) -> dict[str, object]:
    """Never with a nonce, so that it can pass for no ID token (section 2.4)."""
    iat = int(now.timestamp())
    return {
        "iss": issuer,
        "sub": sub,
        "aud": delivery.client_id,
        "iat": iat,
        "exp": iat + LIFETIME,
        "jti": jti,
        "sid": delivery.sid,
        "events": {EVENT: {}},
    }


def delay_after(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts; None: give up."""
    return DELAYS[attempts - 1] if attempts <= len(DELAYS) else None
