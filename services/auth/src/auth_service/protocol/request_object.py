"""An authorization request as a signed JWT, by value (RFC 9101; OIDC Core 6.1)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from auth_service.protocol import fapi
from auth_service.protocol.client import Client
from auth_service.protocol.client_assertion import ALGS
from valetkey.errors import InvalidRequestObject, InvalidToken, RequestTooLarge
from valetkey.jwk import VerificationKey
from valetkey.jws import JWS, read_jws
from valetkey.jwt_verification import Expectation, check_jwt
from valetkey.parameters import MAX_FIELD, MAX_FIELDS

#: How far ahead `exp` and how far back `nbf` may lie (FAPI 2.0 Message Signing 5.3.1).
LONGEST = timedelta(minutes=60)
#: What the JWT says about itself; everything else in it is a request parameter.
_OF_THE_JWT = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti", "sub"})
#: RFC 9101 section 4; `registration` would describe another client.
_FORBIDDEN = ("request", "request_uri", "registration")


@dataclass(frozen=True, slots=True)
class RequestObject:
    """
    A request that its client signed.

    Attributes:
        parameters: all of them; nothing beside the JWT counts (section 6.3).
        jti: the JWT's name, if it has one.
        seconds: for how long that must be remembered.

    """

    parameters: Mapping[str, str]
    jti: str | None
    seconds: int


def read_request_object(request: str, client: Client) -> JWS:
    """
    Read the header, to find the key; nothing of it is believed yet.

    Raises:
        InvalidRequestObject: not a JWS, or by an algorithm the client may not use
            (RFC 9101 sections 6.2 and 10.1).

    """
    try:
        jws = read_jws(request)
    except InvalidToken as error:
        raise InvalidRequestObject(
            "the request object is not a JWS", detail=error.detail
        ) from None
    registered = client.request_object_signing_alg
    known = fapi.ALGS if fapi.is_fapi(client) else ALGS
    if jws.alg not in (known if registered is None else (registered,)):
        raise InvalidRequestObject("alg of the request object is not accepted")
    return jws


def check_request_object(
    jws: JWS, key: VerificationKey, client: Client, *, issuer: str, now: datetime
) -> RequestObject:
    """
    Signed by this client, for this server, now.

    RFC 9101 sections 6, 6.2 and 10.2, OIDC Core section 6.3.2.

    Raises:
        InvalidRequestObject: forged, expired, of another client or for another server.
        RequestTooLarge: a parameter is longer than it could be outside.

    """
    expectation = Expectation(
        issuer=client.client_id,
        audience=issuer,
        types=frozenset({None, "jwt", "oauth-authz-req+jwt"}),
        required=frozenset({"iss", "aud", "exp", "client_id"}),
        single_audience=False,
        # `iat` is optional, so not from there but from now on; see below.
        max_lifetime=timedelta.max,
        algorithms=frozenset(ALGS),
    )
    try:
        claims = check_jwt(jws, key, expectation, now=now)
    except InvalidToken as error:
        raise InvalidRequestObject(error.description, detail=error.detail) from None
    # RFC 9101 sections 6.3 and 10.7: the one beside it, which found the client.
    if claims["client_id"] != client.client_id:
        raise InvalidRequestObject("client_id of the request object is another's")
    # RFC 9101 section 10.8: nor may it serve as a client assertion elsewhere.
    if "sub" in claims:
        raise InvalidRequestObject("sub has no place in a request object")
    if any(name in claims for name in _FORBIDDEN):
        raise InvalidRequestObject("request objects cannot be nested")
    left = _left(claims, int(now.timestamp()))
    remembered = left + expectation.leeway
    return RequestObject(
        _parameters(claims), claims.get("jti"), int(remembered.total_seconds()) + 1
    )


def _left(claims: Mapping[str, Any], now: int) -> timedelta:
    """How long it may still be used."""
    expires = claims["exp"]
    begins = claims.get("nbf", now)
    if max(expires - now, now - begins, expires - begins) > LONGEST.total_seconds():
        raise InvalidRequestObject("the request object is good for too long")
    return timedelta(seconds=expires - now)


def _parameters(claims: Mapping[str, Any]) -> dict[str, str]:
    """The claims as the parameters that they stand for (section 4)."""
    told = {n: v for n, v in claims.items() if n not in _OF_THE_JWT}
    if len(told) > MAX_FIELDS:
        raise RequestTooLarge("too many parameters")
    read = {name: _parameter(name, value) for name, value in told.items()}
    if any(len(text) > MAX_FIELD for pair in read.items() for text in pair):
        raise RequestTooLarge("a parameter is too long")
    if any("\0" in text for pair in read.items() for text in pair):
        raise InvalidRequestObject("a parameter contains NUL")
    return {name: value for name, value in read.items() if value}


def _parameter(name: str, value: Any) -> str:
    """Text as it is, JSON as JSON; `resource` may be a list (RFC 8707 section 2.1)."""
    if isinstance(value, str):
        return value
    if name == "resource" and isinstance(value, list):
        if all(isinstance(one, str) for one in value):
            return " ".join(value)
    elif isinstance(value, dict | list) or type(value) is int:
        return json.dumps(value)
    raise InvalidRequestObject("a parameter of the request object is malformed")
