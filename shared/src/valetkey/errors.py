"""
The refusals of OAuth 2 and OpenID Connect, in the words of their specifications.

    OAuthError
    ├── InvalidRequest            400  RFC 6749 sections 4.1.2.1, 5.2; RFC 6750
    │   └── RequestTooLarge       413  RFC 9110 section 15.5.14
    ├── InvalidClient             401  RFC 6749 section 5.2
    ├── InvalidGrant              400  RFC 6749 section 5.2
    ├── UnauthorizedClient        400  RFC 6749 sections 4.1.2.1, 5.2
    ├── UnsupportedGrantType      400  RFC 6749 section 5.2
    ├── UnsupportedResponseType   400  RFC 6749 section 4.1.2.1
    ├── InvalidScope              400  RFC 6749 sections 4.1.2.1, 5.2
    ├── InvalidTarget             400  RFC 8707 section 2
    ├── AccessDenied              403  RFC 6749 section 4.1.2.1
    ├── RequestUriNotSupported    400  OpenID Connect Core section 3.1.2.6
    ├── InvalidRequestUri         400  RFC 9101 section 7
    ├── InvalidRequestObject      400  RFC 9101 section 7
    ├── InvalidAuthorizationDetails 400  RFC 9396 section 5
    ├── UnmetAuthenticationRequirements 400  Core Unmet Authentication Requirements
    ├── InvalidClientMetadata     400  RFC 7591 section 3.2.2
    ├── InvalidRedirectUri        400  RFC 7591 section 3.2.2
    ├── AuthorizationPending      400  RFC 8628 section 3.5
    ├── ExpiredToken              400  RFC 8628 section 3.5
    ├── PollSlower                400  RFC 8628 section 3.5
    ├── LoginRequired             400  OpenID Connect Core section 3.1.2.6
    ├── ConsentRequired           400  OpenID Connect Core section 3.1.2.6
    ├── InvalidDpopProof          400  RFC 9449 section 5
    ├── UseDpopNonce              400  RFC 9449 section 8
    ├── InvalidToken              401  RFC 6750 section 3.1
    ├── InsufficientUserAuthentication 401  RFC 9470 section 3
    ├── InsufficientScope         403  RFC 6750 section 3.1
    ├── ServerError               500  RFC 6749 section 4.1.2.1
    └── TemporarilyUnavailable    503  RFC 6749 section 4.1.2.1
        └── SlowDown              429  RFC 6585 section 4
"""

from typing import ClassVar


class OAuthError(Exception):
    """
    A refusal with one text for each of its three readers.

    Attributes:
        error: the specification's code, for the client program.
        description: for the client's developer; a constant in ASCII, never a
            value that the caller sent; empty where saying more helps an attacker.
        detail: for our log only.
        status: the HTTP status where the refusal is an HTTP answer.
        retry_after: seconds until another try makes sense, or None.

    """

    error: ClassVar[str]
    status: ClassVar[int] = 400

    def __init__(
        self,
        description: str = "",
        *,
        detail: str = "",
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail or description or self.error)
        self.description = description
        self.detail = detail
        self.retry_after = retry_after

    def parameters(self) -> dict[str, str]:
        """The response parameters (RFC 6749 sections 4.1.2.1 and 5.2)."""
        told = {"error": self.error}
        if self.description:
            told["error_description"] = self.description
        return told


class InvalidRequest(OAuthError):
    """A parameter is missing, repeated, malformed or in the wrong company."""

    error = "invalid_request"


class RequestTooLarge(InvalidRequest):
    """The request is longer than anything that we would read."""

    status = 413


class InvalidClient(OAuthError):
    """The client is unknown or did not prove who it is."""

    error = "invalid_client"
    status = 401


class InvalidGrant(OAuthError):
    """The code or token is unknown, spent, expired, revoked or another client's."""

    error = "invalid_grant"


class UnauthorizedClient(OAuthError):
    """The client is not registered for this grant."""

    error = "unauthorized_client"


class UnsupportedGrantType(OAuthError):
    """This server does not know the grant_type."""

    error = "unsupported_grant_type"


class UnsupportedResponseType(OAuthError):
    """This server does not give the response_type."""

    error = "unsupported_response_type"


class InvalidScope(OAuthError):
    """The scope is unknown, malformed or wider than what may be had."""

    error = "invalid_scope"


class InvalidTarget(OAuthError):
    """The resource is unknown, malformed or not the one authorised (RFC 8707)."""

    error = "invalid_target"


class AccessDenied(OAuthError):
    """The person, or this server, said no."""

    error = "access_denied"
    status = 403


class RequestUriNotSupported(OAuthError):
    """The `request_uri` parameter is not supported here."""

    error = "request_uri_not_supported"


class InvalidRequestUri(OAuthError):
    """The request_uri is unknown, used or expired (RFC 9101 section 7)."""

    error = "invalid_request_uri"


class InvalidRequestObject(OAuthError):
    """The request object is malformed, forged or meant for others (RFC 9101 s. 7)."""

    error = "invalid_request_object"


class InvalidAuthorizationDetails(OAuthError):
    """A type is unknown, or its members are not as it wants (RFC 9396 section 5)."""

    error = "invalid_authorization_details"


class UnmetAuthenticationRequirements(OAuthError):
    """The essential acr cannot be reached (Core Unmet Authentication Requirements)."""

    error = "unmet_authentication_requirements"


class InvalidClientMetadata(OAuthError):
    """A member of a registration cannot be accepted (RFC 7591 section 3.2.2)."""

    error = "invalid_client_metadata"


class InvalidRedirectUri(OAuthError):
    """A redirect_uri of a registration cannot be accepted (RFC 7591 s. 3.2.2)."""

    error = "invalid_redirect_uri"


class AuthorizationPending(OAuthError):
    """The person has not answered yet (RFC 8628 section 3.5)."""

    error = "authorization_pending"


class ExpiredToken(OAuthError):
    """The device code has expired (RFC 8628 section 3.5)."""

    error = "expired_token"


class PollSlower(OAuthError):
    """Nobody has answered yet, and the device asks too often (RFC 8628 s. 3.5)."""

    error = "slow_down"


class LoginRequired(OAuthError):
    """The person must sign in, and prompt=none forbids to ask."""

    error = "login_required"


class ConsentRequired(OAuthError):
    """The person must consent, and prompt=none forbids to ask."""

    error = "consent_required"


class InvalidDpopProof(OAuthError):
    """The DPoP proof is missing, malformed, forged, old or used before (RFC 9449)."""

    error = "invalid_dpop_proof"


class UseDpopNonce(OAuthError):
    """
    The DPoP proof must be made again with our nonce in it (RFC 9449 section 8).

    Attributes:
        nonce: for the DPoP-Nonce header of the answer.

    """

    error = "use_dpop_nonce"

    def __init__(self, nonce: str) -> None:
        super().__init__("the DPoP proof needs this server's nonce")
        self.nonce = nonce


class InvalidToken(OAuthError):
    """The access token is malformed, expired, revoked or meant for somebody else."""

    error = "invalid_token"
    status = 401


class InsufficientUserAuthentication(OAuthError):
    """The person must prove again, or better, who they are (RFC 9470 section 3)."""

    error = "insufficient_user_authentication"
    status = 401


class InsufficientScope(OAuthError):
    """The access token is good and does not reach this far."""

    error = "insufficient_scope"
    status = 403


class ServerError(OAuthError):
    """Something on our side broke; only the request id is told."""

    error = "server_error"
    status = 500


class TemporarilyUnavailable(OAuthError):
    """Something that we need is away; the same request may succeed later."""

    error = "temporarily_unavailable"
    status = 503

    def __init__(
        self,
        description: str = "",
        *,
        detail: str = "",
        retry_after: int | None = 2,
    ) -> None:
        super().__init__(description, detail=detail, retry_after=retry_after)


class SlowDown(TemporarilyUnavailable):
    """Too many requests of this kind; `retry_after` says when to come back."""

    status = 429
