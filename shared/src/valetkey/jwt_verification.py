"""
Whether a JWT says what its reader needs: pure, from text, keys and time (RFC 8725).

    read_jws(token)                     the header, to find the key
    check_jwt(jws, key, expectation)    signature and claims → the claims
    verify_jwt(token, keys, …)          both, where the keys are at hand

A token whose signature is wrong is told nothing. One that is genuine is told which
claim it was refused for: whoever holds it can read it anyway.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from valetkey.errors import InvalidToken
from valetkey.jwk import KEY_TYPES, VerificationKey, find_key
from valetkey.jws import JWS, read_json_object, read_jws
from valetkey.verified import Verified, VerifiedTokens

#: NumericDates beyond this are no dates (and no exact numbers in JavaScript).
_MAX_NUMERIC_DATE = 2**53
#: OpenID Connect Core section 2: `sub` has at most 255 characters.
_MAX_STRING = {"sub": 255, "client_id": 2048, "jti": 255, "scope": 4096}


class UnknownKey(InvalidToken):
    """No key of that name is known; a fresh set of keys may have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """
    What a JWT must say to be accepted.

    Use `access_token()` or `id_token()`, and `dataclasses.replace()` to vary them.

    Attributes:
        issuer: `iss`, letter by letter.
        audience: what `aud` must be; None leaves `aud` to the caller.
        types: accepted `typ` in lower case without `application/`; None among them
            accepts a header without `typ`.
        required: claims that must be there.
        single_audience: `aud` must be a string; else it may be a list that has the
            audience, with `azp` as OpenID Connect Core section 3.1.3.7 wants it.
        max_lifetime: the longest time from `iat` to `exp`.
        leeway: how far the clocks of two machines may be apart.
        may_be_expired: accept it after `exp`, as a hint or for introspection.
        algorithms: accepted `alg`; of these only the key's own ever counts.

    """

    issuer: str
    audience: str | None
    types: frozenset[str | None]
    required: frozenset[str]
    single_audience: bool
    max_lifetime: timedelta
    leeway: timedelta = timedelta(seconds=30)
    may_be_expired: bool = False
    algorithms: frozenset[str] = frozenset(KEY_TYPES)

    def __post_init__(self) -> None:
        """Refuse an algorithm that would let a public key forge (RFC 8725 s. 3.1)."""
        if not self.algorithms or not self.algorithms <= KEY_TYPES.keys():
            raise ValueError(f"algorithms must be some of {', '.join(KEY_TYPES)}")

    @classmethod
    def access_token(cls, *, issuer: str, audience: str | None) -> Self:
        """An access token for one resource (RFC 9068 section 4)."""
        return cls(
            issuer=issuer,
            audience=audience,
            types=frozenset({"at+jwt"}),
            required=frozenset({"exp", "iat", "iss", "aud", "sub", "client_id", "jti"}),
            single_audience=True,
            max_lifetime=timedelta(hours=24),
        )

    @classmethod
    def id_token(cls, *, issuer: str, client_id: str | None) -> Self:
        """An ID token for one client (OpenID Connect Core section 3.1.3.7)."""
        return cls(
            issuer=issuer,
            audience=client_id,
            types=frozenset({"jwt", None}),
            required=frozenset({"exp", "iat", "iss", "aud", "sub"}),
            single_audience=False,
            max_lifetime=timedelta(days=31),
        )

    @classmethod
    def assertion(cls, *, issuer: str, audience: str, types: frozenset[str]) -> Self:
        """
        A JWT as a client's or another issuer's word (RFC 7523 section 3).

        `aud` is one string: what is meant for several could be used by each of them at
        the others. `iat` is optional, so how long it lives is for the caller to bound.

        Args:
            types: accepted `typ`; besides these, none at all and `jwt`.

        """
        return cls(
            issuer=issuer,
            audience=audience,
            types=types | {None, "jwt"},
            required=frozenset({"iss", "sub", "aud", "exp", "jti"}),
            single_audience=True,
            max_lifetime=timedelta.max,
        )


def verify_jwt(
    token: str,
    keys: Mapping[str | None, VerificationKey],
    expectation: Expectation,
    *,
    now: datetime,
    verified: VerifiedTokens | None = None,
) -> dict[str, Any]:
    """
    The claims of a token that one of the keys signed and that fits.

    Args:
        verified: those that were checked before, against this same expectation.

    Raises:
        UnknownKey: none of the keys has its `kid`.
        InvalidToken: it is malformed, forged, expired or meant for somebody else.

    """
    before = verified.find(token) if verified else None
    if before is not None and find_key(keys, before.kid) is before.key:
        return check_again(before, expectation, now=now)
    jws = read_jws(token)
    key = find_key(keys, jws.kid)
    if key is None:
        raise UnknownKey(detail="kid is not known")
    claims = check_jwt(jws, key, expectation, now=now)
    if verified:
        verified.keep(token, Verified(jws.kid, key, dict(claims)))
    return claims


def check_again(
    before: Verified, expectation: Expectation, *, now: datetime
) -> dict[str, Any]:
    """
    The claims of a token that was checked before, unless it has expired meanwhile.

    Raises:
        InvalidToken: it has.

    """
    _check_times(before.claims, expectation, now.timestamp())
    return dict(before.claims)


def check_jwt(
    jws: JWS, key: VerificationKey, expectation: Expectation, *, now: datetime
) -> dict[str, Any]:
    """
    The claims of a token that this key signed and that fits.

    Raises:
        InvalidToken: see `verify_jwt`.

    """
    if jws.typ not in expectation.types:
        # RFC 8725 sections 2.8, 3.11 and 3.12: an ID token is no access token, nor
        # is an answer about one (RFC 9701 section 8.1).
        raise InvalidToken(detail="typ is another kind of token's")
    if jws.alg not in expectation.algorithms:
        raise InvalidToken(detail="alg is not accepted")
    claims = read_json_object(jws.payload(key))
    for name in sorted(expectation.required - claims.keys()):
        raise _refused(f"{name} is missing")
    _check_strings(claims)
    # RFC 8725 sections 3.8 and 3.9: whose it is, and for whom it is; compared code
    # point by code point (RFC 7519 section 7.3, OpenID Connect Core sections 14 and
    # 16.15).
    if claims.get("iss") != expectation.issuer:
        raise _refused("iss is another issuer")
    _check_audience(claims, expectation)
    _check_times(claims, expectation, now.timestamp())
    return claims


def _refused(description: str) -> InvalidToken:
    return InvalidToken(description, detail=description)


def _check_strings(claims: Mapping[str, Any]) -> None:
    """Names are printable text of sensible length; empty ones name nobody."""
    for name, longest in _MAX_STRING.items():
        if name not in claims:
            continue
        value = claims[name]
        if not isinstance(value, str) or not value.isprintable():
            raise _refused(f"{name} is not printable text")
        if len(value) > longest or not (value or name == "scope"):
            raise _refused(f"{name} is empty or too long")


def _check_audience(claims: Mapping[str, Any], expectation: Expectation) -> None:
    """
    `aud` (RFC 7519 section 4.1.3), and `azp` where it may be a list.

    OpenID Connect Core section 3.1.3.7.
    """
    aud, wanted = claims.get("aud"), expectation.audience
    if expectation.single_audience:
        if not isinstance(aud, str) or not aud:
            raise _refused("aud is not one string")
        if wanted is not None and aud != wanted:
            raise _refused("aud is another audience")
        return
    audiences = [aud] if isinstance(aud, str) else aud
    if not isinstance(audiences, list) or not audiences:
        raise _refused("aud is neither a string nor a list")
    if not all(isinstance(each, str) and each for each in audiences):
        raise _refused("aud holds something other than strings")
    if wanted is None:
        return
    if wanted not in audiences:
        raise _refused("aud is another audience")
    azp = claims.get("azp", wanted if len(audiences) == 1 else None)
    if azp != wanted:
        raise _refused("azp is another client")


def _check_times(
    claims: Mapping[str, Any], expectation: Expectation, now: float
) -> None:
    """
    NumericDates in whole seconds: issued in the past, not yet expired.

    RFC 7519 sections 4.1.4, 4.1.5 and 4.1.6.
    """
    for name in ("exp", "iat", "nbf", "auth_time"):
        value = claims.get(name, 0)
        # bool is an int in Python, and no date.
        if type(value) is not int or not 0 <= value < _MAX_NUMERIC_DATE:
            raise _refused(f"{name} is not a date in whole seconds")
    leeway = expectation.leeway.total_seconds()
    issued, expires = claims.get("iat", 0), claims.get("exp", 0)
    if issued > now + leeway or claims.get("nbf", 0) > now + leeway:
        raise _refused("it is not valid yet")
    if now >= expires + leeway and not expectation.may_be_expired:
        raise _refused("it has expired")
    if expires - issued > expectation.max_lifetime.total_seconds():
        raise _refused("it lives too long")
