"""CodeGrant: what a code stands for, and who may exchange it (RFC 6749 s.4.1.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any

from auth_service.protocol.client import Client
from valetkey.errors import InvalidGrant, InvalidRequest
from valetkey.pkce import is_code_verifier, matches

#: A code that met this many wrong verifiers is burned.
MAX_WRONG_VERIFIERS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeGrant:
    """
    What a person allowed an app, waiting for the app to fetch it.

    Attributes:
        grant_id: the family that every token of this code will belong to.
        code_challenge: kept here with the code, and nowhere to be read (RFC 7636
            section 4.4).
        authorized_at: when the person allowed it.

    """

    grant_id: str
    client_id: str
    redirect_uri: str
    code_challenge: str | None
    nonce: str | None
    scopes: frozenset[str]
    resources: tuple[str, ...]
    subject: str
    sid: str
    auth_time: datetime
    amr: tuple[str, ...]
    authorized_at: datetime
    claims: Mapping[str, Any] | None = None
    authorization_details: tuple[Mapping[str, Any], ...] = ()
    dpop_jkt: str | None = None


class WrongVerifier(InvalidGrant):
    """The code_verifier does not prove the code_challenge."""


def exchange_parameters(code: str, redirect_uri: str, verifier: str) -> dict[str, str]:
    """What an app sends to exchange its code (RFC 6749 section 4.1.3, RFC 7636 4.5)."""
    return {"code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}


def check_code_exchange(
    grant: CodeGrant, parameters: Mapping[str, str], client: Client
) -> None:
    """
    This client, this redirect_uri, this verifier (OIDC Core section 3.1.3.2, RFC
    6749 section 10.6).

    Raises:
        InvalidGrant: one of the three is another's (RFC 6749 section 5.2).
        InvalidRequest: a code_verifier that is none, or where none was announced
            (RFC 7636 sections 4.1, 4.5, RFC 9700 section 4.8.2).

    """
    if grant.client_id != client.client_id:
        raise InvalidGrant(detail="code was issued to another client")
    given = parameters.get("redirect_uri", "")
    if not compare_digest(given.encode(), grant.redirect_uri.encode()):
        raise InvalidGrant(detail="redirect_uri is not that of the request")
    _check_verifier(grant.code_challenge, parameters.get("code_verifier"))


def _check_verifier(code_challenge: str | None, code_verifier: str | None) -> None:
    if code_verifier is not None and not is_code_verifier(code_verifier):
        raise InvalidRequest("code_verifier is malformed")
    if code_challenge is None:
        if code_verifier is not None:
            raise InvalidRequest("code_verifier without a code_challenge")
        return
    if code_verifier is None:
        raise InvalidGrant(detail="code_verifier is missing")
    if not matches(code_verifier, code_challenge):
        raise WrongVerifier(detail="code_verifier does not match")
