"""A JWT as a grant: another issuer's word for a person (RFC 7521, RFC 7523)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from valetkey.errors import InvalidGrant, InvalidRequest, InvalidToken
from valetkey.jwk import VerificationKey
from valetkey.jws import JWS, decode_base64url, read_json_object, read_jws
from valetkey.jwt_verification import Expectation, check_jwt

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
#: How far ahead `exp` may lie, whatever the issuer is registered with.
LONGEST = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedIssuer:
    """
    A server whose word about people the operator takes.

    Attributes:
        issuer: its `iss`, letter by letter.
        jwks: its public keys, in place or at `jwks_uri`.
        subject_is: what its `sub` is here: a person's `username`, `email` or
            `emp_user_id`.
        client_ids: the apps that may come with its word.
        scopes: the most that is given for it.
        max_lifetime: seconds from now to `exp`, at most.

    """

    issuer: str
    subject_is: str
    client_ids: tuple[str, ...]
    scopes: tuple[str, ...]
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str | None = None
    max_lifetime: int = 300

    def __post_init__(self) -> None:
        """Refuse an issuer that could not be checked, or names nobody."""
        if (self.jwks is None) == (self.jwks_uri is None):
            raise ValueError(f"{self.issuer}: either jwks or jwks_uri")
        if self.subject_is not in {"username", "email", "emp_user_id"}:
            raise ValueError(f"{self.issuer}: subject_is names no member of a person")


@dataclass(frozen=True, slots=True)
class Said:
    """
    What a good assertion says.

    Attributes:
        remembered: seconds for which its `jti` must not be taken again.

    """

    sub: str
    jti: str
    at: datetime
    remembered: int


def read_assertion(parameters: Mapping[str, str]) -> tuple[JWS, str]:
    """
    The assertion and who it says it is from; nothing of it is believed yet.

    Raises:
        InvalidRequest: there is none (RFC 7521 section 4.1).
        InvalidGrant: it is not a JWT.

    """
    assertion = parameters.get("assertion")
    if assertion is None:
        raise InvalidRequest("assertion is missing")
    try:
        jws = read_jws(assertion)
        iss = read_json_object(decode_base64url(jws.encoded_payload)).get("iss")
    except InvalidToken as error:
        raise InvalidGrant(detail=f"assertion: {error.detail}") from None
    if not isinstance(iss, str):
        raise InvalidGrant(detail="assertion: iss is missing")
    return jws, iss


def check_assertion(
    jws: JWS, key: VerificationKey, trusted: TrustedIssuer, *, us: str, now: datetime
) -> Said:
    """
    Signed by this issuer, for this server alone, now and not for long.

    RFC 7521 section 5.2, RFC 7523 section 3.

    `aud` is our issuer, as one string: what is meant for several could be used by
    each of them at the others (draft-ietf-oauth-rfc7523bis section 4).

    Raises:
        InvalidGrant: anything is wrong; the detail says what, the answer does not
            (RFC 7521 section 4.1.1, RFC 7523 section 3.1).

    """
    expectation = Expectation.assertion(
        issuer=trusted.issuer,
        audience=us,
        types=frozenset({"authorization-grant+jwt"}),
    )
    try:
        claims = check_jwt(jws, key, expectation, now=now)
    except InvalidToken as error:
        raise InvalidGrant(detail=f"assertion: {error.detail}") from None
    left = timedelta(seconds=claims["exp"] - int(now.timestamp()))
    if left > min(timedelta(seconds=trusted.max_lifetime), LONGEST):
        raise InvalidGrant(detail="assertion: exp is too far ahead")
    remembered = left + expectation.leeway
    return Said(
        sub=claims["sub"],
        jti=claims["jti"],
        at=datetime.fromtimestamp(claims.get("auth_time", claims.get("iat", 0)), UTC)
        if {"auth_time", "iat"} & claims.keys()
        else now,
        remembered=int(remembered.total_seconds()) + 1,
    )
