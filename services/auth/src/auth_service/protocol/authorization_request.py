"""The checks of an authorization request, and the value that they yield."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from auth_service.protocol.authorization_details import Details, read_details
from auth_service.protocol.claims_request import read_claims_request
from auth_service.protocol.client import Client
from auth_service.protocol.confirmation import check_dpop_jkt
from auth_service.protocol.reply import ReplyAddress
from auth_service.protocol.response_mode import read_response_mode
from auth_service.protocol.scopes import (
    Catalogue,
    check_details,
    read_scopes,
    targets,
)
from valetkey.errors import (
    InvalidRequest,
    InvalidScope,
    RequestUriNotSupported,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from valetkey.parameters import words
from valetkey.pkce import is_code_challenge

Parameters = Mapping[str, str]
Check = Callable[[Parameters, Client, Catalogue], None]

#: OpenID Connect Prompt Create has `create` (section 4.1).
PROMPTS = ("none", "login", "consent", "select_account", "create")
_MAX_AGE = re.compile(r"[0-9]{1,9}")
_LONGEST = {
    "state": 1024,
    "nonce": 255,
    "login_hint": 254,
    "claims": 2048,
    "acr_values": 255,
    "ui_locales": 255,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """
    A request that passed every check (RFC 6749 section 4.1.1, OIDC Core 3.1.2.1).

    Attributes:
        resources: the audiences of the tokens to come, each of one of them; none for
            our own userinfo.
        max_age: seconds since the person last signed in, at most.
        hinted_subject: whom a verified id_token_hint names, as the app calls them.
        subjects: who it must be by the claims parameter, as the app calls them;
            None: whoever signs in (OIDC Core section 5.5.1).
        claims: the names that the claims parameter asked for (OIDC Core 5.5).
        essential_acr: of which one must be reached; none: whichever (5.5.1.1).
        acr_values: what the client would like, best first (OIDC Core 3.1.2.1).
        authorization_details: each checked by its type (RFC 9396 section 2).
        dpop_jkt: the key that must redeem the code (RFC 9449 section 10).
        request_uri: by which it was pushed; its answer uses that up (RFC 9126).

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
    subjects: frozenset[str] | None = None
    claims: Mapping[str, Any] | None = None
    essential_acr: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()
    authorization_details: tuple[Mapping[str, Any], ...] = ()
    dpop_jkt: str | None = None
    ui_locales: str | None = None
    request_uri: str | None = None


def reject_request_uri(parameters: Parameters, _: Client, __: Catalogue) -> None:
    """Nothing is fetched from there (RFC 9101 section 10.4, OIDC Core section 6.2)."""
    if "request_uri" in parameters:
        raise RequestUriNotSupported("request_uri must be one that was pushed here")


def check_lengths(parameters: Parameters, _: Client, __: Catalogue) -> None:
    """What is kept or sent back has a bound."""
    for name, longest in _LONGEST.items():
        if len(parameters.get(name, "")) > longest:
            raise InvalidRequest(f"{name} is too long")


def check_response_type(parameters: Parameters, _: Client, __: Catalogue) -> None:
    """
    The code flow only: URLs leak (RFC 9700 section 2.1.2, OIDC Core 16.4).

    What is missing or not understood is an error (RFC 6749 section 3.1.1).
    """
    if "response_type" not in parameters:
        raise InvalidRequest("response_type is missing")
    if parameters["response_type"] != "code":
        raise UnsupportedResponseType("response_type must be code")


def check_response_mode(parameters: Parameters, _: Client, __: Catalogue) -> None:
    """One that this server has, and that the redirect_uri can take."""
    if read_response_mode(parameters, parameters.get("redirect_uri", "")) is None:
        raise InvalidRequest("response_mode is not supported")


def check_grant_type(_: Parameters, client: Client, __: Catalogue) -> None:
    """The app is registered for the code flow (RFC 6749 section 4.1.2.1)."""
    if "authorization_code" not in client.grant_types:
        raise UnauthorizedClient("the app is not registered for this flow")


def check_scope(parameters: Parameters, client: Client, catalogue: Catalogue) -> None:
    """Only what the app is registered for, at one resource (RFC 6749 s.3.3)."""
    scopes = requested_scopes(parameters, client)
    if not scopes <= client.scopes:
        raise InvalidScope("the app is not registered for a scope")
    targets(catalogue, scopes, parameters.get("resource"), _details(parameters))


def check_authorization_details(
    parameters: Parameters, client: Client, catalogue: Catalogue
) -> None:
    """Each of a type that the app is registered for (RFC 9396 section 5)."""
    types = client.authorization_details_types
    check_details(catalogue, _details(parameters), types)


def check_pkce(parameters: Parameters, client: Client, _: Catalogue) -> None:
    """
    S256, said in so many words (RFC 7636 s. 4.3, 4.4.1; RFC 9700 section 2.1.1).

    An app on somebody's device cannot go without either (RFC 8252 section 6).
    """
    challenge = parameters.get("code_challenge")
    method = parameters.get("code_challenge_method")
    if challenge is None:
        # Never without: whoever holds a public app's code could redeem it.
        if client.require_pkce or client.is_public or method is not None:
            raise InvalidRequest("code_challenge is missing")
        return
    if method != "S256":
        raise InvalidRequest("code_challenge_method must be S256")
    if not is_code_challenge(challenge):
        raise InvalidRequest("code_challenge must be the base64url of a SHA-256")


def check_key(parameters: Parameters, _: Client, __: Catalogue) -> None:
    """`dpop_jkt` is a thumbprint (RFC 9449 section 10)."""
    check_dpop_jkt(parameters.get("dpop_jkt"))


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


def check_claims(parameters: Parameters, client: Client, _: Catalogue) -> None:
    """A JSON object of the right form (OIDC Core section 5.5)."""
    read_claims_request(parameters.get("claims"), client.scopes)


#: The order is part of the contract: the first failure is the one reported.
CHECKS: tuple[Check, ...] = (
    check_lengths,
    reject_request_uri,
    check_response_type,
    check_response_mode,
    check_grant_type,
    check_authorization_details,
    check_scope,
    check_pkce,
    check_key,
    check_prompt,
    check_max_age,
    check_claims,
)


def requested_scopes(parameters: Parameters, client: Client) -> frozenset[str]:
    """What is asked for; all that the app is registered for where it says nothing."""
    if "scope" not in parameters and "authorization_details" in parameters:
        return frozenset()
    return read_scopes(parameters.get("scope")) or client.scopes


def _details(parameters: Parameters) -> Details:
    return read_details(parameters.get("authorization_details"))


def read_authorization_request(
    parameters: Parameters,
    client: Client,
    catalogue: Catalogue,
    reply_to: ReplyAddress,
) -> AuthorizationRequest:
    """
    Check a request from top to bottom and make it a value (OIDC Core 3.1.2.2).

    `display` and `claims_locales` may come and change nothing (OIDC Core 15.1).

    Raises:
        OAuthError: the first check that failed; send it to the reply address.

    """
    for check in CHECKS:
        check(parameters, client, catalogue)
    scopes = requested_scopes(parameters, client)
    details = _details(parameters)
    resources = targets(catalogue, scopes, parameters.get("resource"), details)
    claims = read_claims_request(parameters.get("claims"), client.scopes)
    max_age = parameters.get("max_age")
    return AuthorizationRequest(
        client_id=client.client_id,
        reply_to=reply_to,
        scopes=scopes,
        resources=tuple(resource.identifier for resource in resources),
        code_challenge=parameters.get("code_challenge"),
        nonce=parameters.get("nonce"),
        prompts=frozenset(words(parameters.get("prompt"))) - {""},
        authorization_details=details,
        max_age=client.default_max_age if max_age is None else int(max_age),
        login_hint=parameters.get("login_hint"),
        subjects=claims.subjects,
        # Without openid there is no place where they could be told.
        claims=claims.names if "openid" in scopes else None,
        essential_acr=claims.essential_acr,
        acr_values=words(parameters.get("acr_values")) or client.default_acr_values,
        dpop_jkt=parameters.get("dpop_jkt"),
        ui_locales=parameters.get("ui_locales"),
    )
