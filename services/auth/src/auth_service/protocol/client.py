"""Client: what an app is registered to do (RFC 7591 section 2)."""

from dataclasses import dataclass
from datetime import datetime

#: How a client may prove itself here (RFC 7591 section 2, RFC 6749 section 2.3).
AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
#: What a client may exchange for tokens here.
GRANT_TYPES = (
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "password",
)
#: How an ID token may be signed here; the first is the default (OIDC Core 15.1).
ID_TOKEN_ALGS = ("RS256", "ES256")


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
        require_pkce: off only where a confidential client cannot do PKCE.

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
    require_pkce: bool = True
    created_at: datetime | None = None

    @property
    def is_public(self) -> bool:
        """Whether it cannot keep a secret (RFC 6749 section 2.1)."""
        return self.token_endpoint_auth_method == "none"
