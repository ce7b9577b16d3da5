"""One attempt to sign in, and the authorization request that begins it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from valetkey.opaque import new_handle
from valetkey.pkce import new_code_verifier, s256


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """
    How a sign-in shall go.

    Attributes:
        return_to: the path to show after the sign-in.
        step_by_step: whether to pause before each message.
        pushed: whether the request goes from server to server first (RFC 9126).
        bound: whether the tokens shall be bound to a key of ours (RFC 9449).
        subject: who must come back, where only one person may.
        more: further parameters of the request, such as `prompt` or `max_age`.

    """

    return_to: str = "/"
    step_by_step: bool = False
    pushed: bool = False
    bound: bool = False
    subject: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """
    What we drew for one authorization request, to recognise its answer by.

    Attributes:
        state: returns with the answer (RFC 6749 section 10.12).
        nonce: returns inside the ID token (OpenID Connect Core section 3.1.2.1).
        code_verifier: goes with the code (RFC 7636 section 4.1).
        issuer: whom we asked; nobody else may answer (RFC 9207).
        wish: how it shall go.
        key: the private key that the tokens shall be bound to, as a JWK, or None.
        began: when it was made, in seconds since the epoch.

    """

    state: str
    nonce: str
    code_verifier: str
    issuer: str
    wish: Wish
    key: str | None
    began: int


def new_attempt(*, issuer: str, wish: Wish, key: str | None, now: datetime) -> Attempt:
    """Draw the three secrets of an attempt, 256 bits each."""
    return Attempt(
        state=new_handle(),
        nonce=new_handle(),
        code_verifier=new_code_verifier(),
        issuer=issuer,
        wish=wish,
        key=key,
        began=int(now.timestamp()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """
    How this application is known to the provider, and what it asks for.

    `resource` is the API that the access token is for (RFC 8707), or None.
    """

    client_id: str
    redirect_uri: str
    scope: str
    resource: str | None


def authorization_request(
    attempt: Attempt, registration: Registration, *, jkt: str | None = None
) -> dict[str, str]:
    """
    The parameters of the request (RFC 6749 section 4.1.1, RFC 7636, RFC 8707).

    `jkt` is the thumbprint of the attempt's key: the code is bound to it as well
    (RFC 9449 section 10).
    """
    parameters = {
        **attempt.wish.more,
        "response_type": "code",
        "client_id": registration.client_id,
        "redirect_uri": registration.redirect_uri,
        "scope": registration.scope,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": s256(attempt.code_verifier),
        "code_challenge_method": "S256",
    }
    if registration.resource is not None:
        parameters["resource"] = registration.resource
    if jkt is not None:
        parameters["dpop_jkt"] = jkt
    return parameters


def with_query(endpoint: str, parameters: Mapping[str, str]) -> str:
    """An endpoint with parameters; a query it has is kept (RFC 6749 section 3.1)."""
    joint = "&" if "?" in endpoint else "?"
    return f"{endpoint}{joint}{urlencode(parameters)}"
