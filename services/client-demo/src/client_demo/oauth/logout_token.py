"""
What a logout token must say (OpenID Connect Back-Channel Logout sections 2.4 and 2.6).

Its signature and what every reader asks of a token are the library's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from client_demo.errors import AnswerRefused
from valetkey.jwt_verification import Expectation

_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Logout:
    """
    Whose sessions have ended; `sid` or `sub` is there, or both.

    Attributes:
        iss: the provider that says so.
        sid: its name for the one session that ended.
        sub: whose sessions all ended, where `sid` is None.
        jti: the name of the token, which counts once.
        iat, exp: from when to when it may be sent, in seconds since the epoch.

    """

    iss: str
    sid: str | None
    sub: str | None
    jti: str
    iat: int
    exp: int


def expectation(*, issuer: str, client_id: str) -> Expectation:
    """
    What the token must be like.

    `typ` is recommended, and we insist on it: a provider that leaves it out signs two
    kinds of tokens that only their claims tell apart (RFC 8725 section 3.11).
    """
    return Expectation(
        issuer=issuer,
        audience=client_id,
        types=frozenset({"logout+jwt"}),
        required=frozenset({"iss", "aud", "iat", "exp", "jti", "events"}),
        single_audience=False,
        # Section 4 recommends two minutes; we have to remember each jti for as long.
        max_lifetime=timedelta(minutes=10),
    )


def read_logout(claims: Mapping[str, Any]) -> Logout:
    """
    Read the claims of a token whose signature was checked (section 2.6).

    Raises:
        AnswerRefused: it is no logout token, or names neither session nor person.

    """
    events = claims["events"]
    if not isinstance(events, dict) or not isinstance(events.get(_EVENT), dict):
        raise AnswerRefused("events does not name a back-channel logout")
    # An ID token has one, and must never be taken for a logout token.
    if "nonce" in claims:
        raise AnswerRefused("a logout token must not have a nonce")
    sid, sub = claims.get("sid"), claims.get("sub")
    if sid is None and sub is None:
        raise AnswerRefused("neither sid nor sub is there")
    if sid is not None and not (isinstance(sid, str) and 0 < len(sid) <= 255):
        raise AnswerRefused("sid is not a short text")
    return Logout(
        iss=claims["iss"],
        sid=sid,
        sub=sub,
        jti=claims["jti"],
        iat=claims["iat"],
        exp=claims["exp"],
    )
