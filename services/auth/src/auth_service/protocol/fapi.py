"""
What `profile: "fapi2"` adds for a client: FAPI 2.0 Security Profile (Final).

    section 5.3.2.1   confidential, private_key_jwt or mTLS; tokens bound to a key;
                      refresh tokens are not rotated; codes of 60 seconds at most
    section 5.3.2.2   pushed requests only, PKCE with S256, https redirect URIs
    section 5.3.2.3   who signed in stands in an ID token, as for every client
    section 5.4.1     PS256, ES256 or EdDSA for whatever is signed

Issuer in each answer, redirects by 303, one audience of assertions and clocks that
may be 30 seconds apart (section 5.3.2.1) are what every client has here.
"""

from collections.abc import Mapping

from auth_service.protocol.client import TLS_AUTH_METHODS, Client
from auth_service.protocol.confirmation import Confirmation
from auth_service.protocol.reply import ReplyAddress
from valetkey.errors import InvalidDpopProof, InvalidRequest

PROFILE = "fapi2"
#: Section 5.4.1: what may sign; RS256 may not.
ALGS = ("PS256", "ES256", "EdDSA")
#: Seconds that a code may live (section 5.3.2.1).
CODE_LIFETIME = 60
_AUTH_METHODS = ("private_key_jwt", *TLS_AUTH_METHODS)
_SIGNED = (
    "id_token_signed_response_alg",
    "authorization_signed_response_alg",
    "introspection_signed_response_alg",
)
_PERHAPS_SIGNED = (
    "userinfo_signed_response_alg",
    "request_object_signing_alg",
    "token_endpoint_auth_signing_alg",
)


#: What a client of the profile has unless it says otherwise.
DEFAULTS: Mapping[str, str] = dict.fromkeys(_SIGNED, "ES256")


def is_fapi(client: Client) -> bool:
    """Whether the profile holds for this client."""
    return client.profile == PROFILE


def metadata_problem(client: Client) -> str | None:
    """Why this metadata cannot have its profile, or None; most have no profile."""
    if client.profile is None:
        return None
    if not is_fapi(client):
        return f"profile: must be {PROFILE}"
    if client.token_endpoint_auth_method not in _AUTH_METHODS:
        return "token_endpoint_auth_method: FAPI 2.0 wants private_key_jwt or mTLS"
    if not client.require_pkce:
        return "require_pkce: FAPI 2.0 wants PKCE"
    if "password" in client.grant_types:
        return "grant_types: FAPI 2.0 forbids password"
    for name in (*_SIGNED, *_PERHAPS_SIGNED):
        allowed = ALGS if name in _SIGNED else (None, *ALGS)
        if getattr(client, name) not in allowed:
            return f"{name}: must be one of {', '.join(ALGS)}"
    return None


def check_fapi_request(
    client: Client,
    reply_to: ReplyAddress,
    code_challenge: str | None,
    *,
    loopback: bool,
) -> None:
    """
    What the profile wants of an authorization request (section 5.3.2.2).

    Args:
        loopback: whether http on this computer will do, as in development.

    Raises:
        InvalidRequest: no PKCE, or an answer that would travel in the clear.

    """
    if not is_fapi(client):
        return
    if code_challenge is None:
        raise InvalidRequest("code_challenge is missing")
    if not loopback and not reply_to.redirect_uri.startswith("https://"):
        raise InvalidRequest("redirect_uri must begin with https://")


def check_bound(client: Client, confirmation: Confirmation | None) -> None:
    """
    No token that whoever finds it could use (section 5.3.2.1).

    Raises:
        InvalidDpopProof: the tokens of this call would be bound to no key.

    """
    if is_fapi(client) and not confirmation:
        raise InvalidDpopProof("a DPoP proof or a client certificate is needed")
