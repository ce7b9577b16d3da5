"""The checks of an authorization request, and the value that they yield."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from auth_service.protocol.client import Client
from auth_service.protocol.reply import ReplyAddress
from auth_service.protocol.scopes import Catalogue, read_scopes, targets
from valetkey.errors import (
    InvalidRequest,
    InvalidScope,
    RequestNotSupported,
    RequestUriNotSupported,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from valetkey.parameters import words
from valetkey.pkce import is_code_challenge

Parameters = Mapping[str, str]
Check = Callable[[Parameters, Client, Catalogue], None]

PROMPTS = ("none", "login", "consent")
_MAX_AGE = re.compile(r"[0-9]{1,9}")
_LONGEST = {"state": 1024, "nonce": 255, "login_hint": 254}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """
    A request that passed every check (RFC 6749 section 4.1.1, OIDC Core 3.1.2.1).

    Attributes:
        resources: the audiences of the tokens to come, each of one of them; none for
            our own userinfo.
        max_age: seconds since the person last signed in, at most.
        hinted_subject: whom a verified id_token_hint names.
        claims: the members of the claims parameter (OIDC Core section 5.5).
        acr_values: what the client would like, best first (OIDC Core 3.1.2.1).
        authorization_details: each checked by its type (RFC 9396 section 2).
        dpop_jkt: the key that must redeem the code (RFC 9449 section 10).

    """

    client_id: str
    reply_to: ReplyAddress
    scopes: frozenset[str]
    resources: tuple[str, ...]
    code_challenge: str | None
    nonce: str | None
    prompts: frozenset[str]
    max_age: int | None
    login_hint: str | None
    hinted_subject: str | None = None
    claims: Mapping[str, Any] | None = None
    acr_values: tuple[str, ...] = ()
    authorization_details: tuple[Mapping[str, Any], ...] = ()
    dpop_jkt: str | None = None
    ui_locales: str | None = None


def reject_unsupported(parameters: Parameters, _: Client, __: Catalogue) -> None:
    """Request objects are another feature (OIDC Core sections 6.1 and 6.2)."""
    if "request" in parameters:
        raise RequestNotSupported("request objects are not supported")
    if "request_uri" in parameters:
        raise RequestUriNotSupported("request_uri is not supported")


def check_lengths(parameters: Parameters, _: Client, __: Catalogue) -> None:
    """What is kept or sent back has a bound."""
    for name, longest in _LONGEST.items():
        if len(parameters.get(name, "")) > longest:
            raise InvalidRequest(f"{name} is too long")


def check_response_type(parameters: Parameters, _: Client, __: Catalogue) -> None:
    """The code flow only: a token in a URL leaks (RFC 9700 section 2.1.2)."""
    if "response_type" not in parameters:
        raise InvalidRequest("response_type is missing")
    if parameters["response_type"] != "code":
        raise UnsupportedResponseType("response_type must be code")


def check_response_mode(parameters: Parameters, _: Client, __: Catalogue) -> None:
    """`query` is the one mode (OAuth 2.0 Multiple Response Types section 2.1)."""
    if parameters.get("response_mode", "query") != "query":
        raise InvalidRequest("response_mode must be query")


def check_grant_type(_: Parameters, client: Client, __: Catalogue) -> None:
    """The app is registered for the code flow (RFC 6749 section 4.1.2.1)."""
    if "authorization_code" not in client.grant_types:
        raise UnauthorizedClient("the app is not registered for this flow")


def check_scope(parameters: Parameters, client: Client, catalogue: Catalogue) -> None:
    """Only what the app is registered for, at one resource (RFC 6749 s.3.3)."""
    scopes = requested_scopes(parameters, client)
    if not scopes <= client.scopes:
        raise InvalidScope("the app is not registered for a scope")
    targets(catalogue, scopes, parameters.get("resource"))


def check_pkce(parameters: Parameters, client: Client, _: Catalogue) -> None:
    """S256, said in so many words (RFC 7636 s. 4.3, 4.4.1; RFC 9700 section 2.1.1)."""
    challenge = parameters.get("code_challenge")
    method = parameters.get("code_challenge_method")
    if challenge is None:
        if client.require_pkce or method is not None:
            raise InvalidRequest("code_challenge is missing")
        return
    if method != "S256":
        raise InvalidRequest("code_challenge_method must be S256")
    if not is_code_challenge(challenge):
        raise InvalidRequest("code_challenge must be the base64url of a SHA-256")


def check_prompt(parameters: Parameters, _: Client, __: Catalogue) -> None:
    """`none` stands alone (OIDC Core section 3.1.2.1)."""
    prompts = set(words(parameters.get("prompt"))) - {""}
    if not prompts <= set(PROMPTS):
        raise InvalidRequest("prompt has a value that is not supported")
    if "none" in prompts and len(prompts) > 1:
        raise InvalidRequest("prompt none cannot be combined")


def check_max_age(parameters: Parameters, _: Client, __: Catalogue) -> None:
    """A number in ASCII digits (OIDC Core section 3.1.2.1); `int()` takes more."""
    if _MAX_AGE.fullmatch(parameters.get("max_age", "0")) is None:
        raise InvalidRequest("max_age must be a number of seconds")


#: The order is part of the contract: the first failure is the one reported.
CHECKS: tuple[Check, ...] = (
    check_lengths,
    reject_unsupported,
    check_response_type,
    check_response_mode,
    check_grant_type,
    check_scope,
    check_pkce,
    check_prompt,
    check_max_age,
)


def requested_scopes(parameters: Parameters, client: Client) -> frozenset[str]:
    """What is asked for; all that the app is registered for where it names none."""
    return read_scopes(parameters.get("scope")) or client.scopes


def read_authorization_request(
    parameters: Parameters,
    client: Client,
    catalogue: Catalogue,
    reply_to: ReplyAddress,
) -> AuthorizationRequest:
    """
    Check a request from top to bottom and make it a value.

    Raises:
        OAuthError: the first check that failed; send it to the reply address.

    """
    for check in CHECKS:
        check(parameters, client, catalogue)
    scopes = requested_scopes(parameters, client)
    resources = targets(catalogue, scopes, parameters.get("resource"))
    return AuthorizationRequest(
        client_id=client.client_id,
        reply_to=reply_to,
        scopes=scopes,
        resources=tuple(resource.identifier for resource in resources),
        code_challenge=parameters.get("code_challenge"),
        nonce=parameters.get("nonce"),
        prompts=frozenset(words(parameters.get("prompt"))) - {""},
        max_age=int(parameters["max_age"]) if "max_age" in parameters else None,
        login_hint=parameters.get("login_hint"),
    )
