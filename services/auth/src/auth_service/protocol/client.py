"""Client: what an app is registered to do (RFC 7591 section 2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: How a client may prove itself here (RFC 7591 section 2, RFC 6749 section 2.3).
AUTH_METHODS = (
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
    "none",
)
#: The same by certificate, where a proxy passes them on (RFC 8705 section 2).
TLS_AUTH_METHODS = ("tls_client_auth", "self_signed_tls_client_auth")
#: What a client may exchange for tokens here.
GRANT_TYPES = (
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "password",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:device_code",
)
#: How an ID token may be signed here; the first is the default (OIDC Core 15.1).
ID_TOKEN_ALGS = ("RS256", "ES256", "PS256", "EdDSA")
#: What people are called towards an app (OIDC Core section 8).
SUBJECT_TYPES = ("public", "pairwise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """
    A registered app.

    Attributes:
        secret_fingerprints: of the live secrets; two while one is being rotated.
        scopes: all that it may ever ask for, and what it gets when it names none.
        owner: the subject of the person who registered it, None for the operator.
        publisher: the owner's name, as the consent page shows it.
        first_party: the operator's own; may opt in to the password grant.
        verified: an administrator vouches that it is its publisher's.
        suspended: an administrator took it out of service; to the flows it is nobody.
        require_pkce: off only where a confidential client cannot do PKCE.
        self_registered: nobody here vouches for it (RFC 7591, CIMD).
        logo_id: names our copy of its logo, once that was fetched.
        profile: `fapi2`, or None.
        description: what it is, in its developer's words.
        live: whether everybody may use it, and not only its owner and the testers.
        testers: usernames and e-mail addresses, as the owner typed them.
        token_exchange: the operator's policy (RFC 8693): the scopes that the app may
            exchange a token for, by the API.

    The others are named as their specifications name them: OpenID Connect Dynamic
    Client Registration section 2, RFC 7591, 8705, 9101, 9126, 9396, 9449 and 9701.

    """

    client_id: str
    client_name: str
    token_endpoint_auth_method: str
    grant_types: frozenset[str]
    scopes: frozenset[str]
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    application_type: str = "web"
    client_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    id_token_signed_response_alg: str = "RS256"
    secret_fingerprints: tuple[str, ...] = ()
    owner: str | None = None
    publisher: str | None = None
    first_party: bool = False
    verified: bool = False
    suspended: bool = False
    require_pkce: bool = True
    self_registered: bool = False
    profile: str | None = None
    description: str | None = None
    live: bool = True
    testers: tuple[str, ...] = ()
    logo_uri: str | None = None
    logo_id: str | None = None
    contacts: tuple[str, ...] = ()
    initiate_login_uri: str | None = None
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str | None = None
    token_endpoint_auth_signing_alg: str | None = None
    tls_client_auth_subject_dn: str | None = None
    tls_client_auth_san_dns: str | None = None
    tls_client_auth_san_uri: str | None = None
    tls_client_auth_san_ip: str | None = None
    tls_client_auth_san_email: str | None = None
    tls_client_certificate_bound_access_tokens: bool = False
    dpop_bound_access_tokens: bool = False
    require_pushed_authorization_requests: bool = False
    require_signed_request_object: bool = False
    request_object_signing_alg: str | None = None
    authorization_signed_response_alg: str = "RS256"
    userinfo_signed_response_alg: str | None = None
    introspection_signed_response_alg: str = "RS256"
    subject_type: str = "public"
    sector_identifier_uri: str | None = None
    default_max_age: int | None = None
    require_auth_time: bool = False
    default_acr_values: tuple[str, ...] = ()
    authorization_details_types: tuple[str, ...] = ()
    token_exchange: Mapping[str, Sequence[str]] | None = None
    created_at: datetime | None = None

    @property
    def logo(self) -> str | None:
        """The URL path of our copy of its logo; its own address is for us alone."""
        return f"/logos/{self.logo_id}.webp" if self.logo_id else None

    @property
    def is_public(self) -> bool:
        """Whether it cannot keep a secret (RFC 6749 section 2.1)."""
        return self.token_endpoint_auth_method == "none"
