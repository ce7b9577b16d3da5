"""A JWT with which a client authenticates (RFC 7521 section 4.2, RFC 7523 s. 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from auth_service.protocol import fapi
from auth_service.protocol.client import Client
from valetkey.errors import InvalidClient, InvalidToken
from valetkey.jwk import VerificationKey
from valetkey.jws import JWS, decode_base64url, read_json_object, read_jws
from valetkey.jwt_verification import Expectation, check_jwt

#: RFC 7523 section 2.2 and OIDC Core section 9, letter by letter.
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: What an assertion may be signed with. No symmetric algorithm: `client_secret_jwt`
#: would need secrets that we could read.
ALGS = ("RS256", "PS256", "ES256", "EdDSA")
#: How long an assertion is good, from its `iat` on if it has one, so that no `jti` has
#: to be remembered for longer; Authlib writes an `exp` an hour ahead.
LONGEST = timedelta(minutes=5)
#: How far ahead `exp` may lie at all.
_FURTHEST = timedelta(hours=1)

#: The longest client_id, in characters: that of a metadata document is a URL.
_MAX_CLIENT_ID = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAssertion:
    """
    An assertion whose signature has not been checked yet.

    Attributes:
        client_id: who it says it is from, to find the key.

    """

    jws: JWS
    client_id: str


@dataclass(frozen=True, slots=True)
class Used:
    """The name of a good assertion, and for how many seconds it must be remembered."""

    jti: str
    seconds: int


def read_client_assertion(parameters: Mapping[str, str]) -> ClientAssertion:
    """
    Read who an assertion is from; nothing of it is believed yet.

    Raises:
        InvalidClient: it is not a JWT of the one type, or names two clients.

    """
    if parameters.get("client_assertion_type") != TYPE:
        raise InvalidClient(detail="client_assertion_type is not jwt-bearer")
    try:
        jws = read_jws(parameters.get("client_assertion", ""))
        claims = read_json_object(decode_base64url(jws.encoded_payload))
    except InvalidToken as error:
        raise InvalidClient(detail=f"client_assertion: {error.detail}") from None
    sub = claims.get("sub")
    if not isinstance(sub, str) or not sub.isprintable() or len(sub) > _MAX_CLIENT_ID:
        raise InvalidClient(detail="client_assertion: sub is not a client_id")
    if parameters.get("client_id", sub) != sub:  # RFC 7521 section 4.2
        raise InvalidClient(detail="client_assertion: sub is not the client_id")
    return ClientAssertion(jws=jws, client_id=sub)


def check_alg(assertion: ClientAssertion, client: Client) -> None:
    """
    Before a key is looked for, so that an unsigned text costs no fetch.

    Raises:
        InvalidClient: not an algorithm that this client may use.

    """
    registered = client.token_endpoint_auth_signing_alg
    accepted = fapi.ALGS if fapi.is_fapi(client) else ALGS
    if assertion.jws.alg not in (accepted if registered is None else (registered,)):
        raise InvalidClient(detail="client_assertion: alg is not accepted")


def check_client_assertion(
    assertion: ClientAssertion, key: VerificationKey, *, issuer: str, now: datetime
) -> Used:
    """
    Signed by this client, for this server, now (RFC 7521 section 5.2, RFC 7523 s. 3).

    `aud` is our issuer, alone and as a string: with any other audience, another
    server that the client talks to could use the assertion here (7523bis section 4);
    of what RFC 9126 section 2 lists, that leaves the issuer.

    Raises:
        InvalidClient: anything is wrong; the detail says what, the answer does not
            (RFC 7521 section 4.2.1, RFC 7523 section 3.2).

    """
    expectation = Expectation.assertion(
        issuer=assertion.client_id,
        audience=issuer,
        types=frozenset({"client-authentication+jwt"}),
    )
    try:
        claims = check_jwt(assertion.jws, key, expectation, now=now)
    except InvalidToken as error:
        raise InvalidClient(detail=f"client_assertion: {error.detail}") from None
    left = _left(claims, now)
    if not -expectation.leeway < left <= LONGEST + expectation.leeway:
        raise InvalidClient(detail="client_assertion: it is too old, or good too long")
    remembered = left + expectation.leeway
    return Used(claims["jti"], int(remembered.total_seconds()) + 1)


def _left(claims: Mapping[str, Any], now: datetime) -> timedelta:
    """How long it is still good; what it says of that itself is only the most."""
    at = int(now.timestamp())
    end = timedelta(seconds=claims["exp"] - at)
    if end > _FURTHEST + timedelta(seconds=30):
        return end
    if "iat" in claims:
        return min(end, timedelta(seconds=claims["iat"] - at) + LONGEST)
    return end
