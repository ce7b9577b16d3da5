"""The discovery documents (RFC 8414 section 2, OpenID Connect Discovery section 3)."""

from auth_service.protocol.authorization_request import PROMPTS
from auth_service.protocol.client import AUTH_METHODS, GRANT_TYPES, ID_TOKEN_ALGS
from auth_service.protocol.scopes import PERSON_SCOPES, Catalogue
from auth_service.protocol.user import CLAIMS_OF_SCOPE


def metadata(issuer: str, catalogue: Catalogue) -> dict[str, object]:
    """What works here, nothing more and nothing less; both documents are this one."""
    confidential = [method for method in AUTH_METHODS if method != "none"]
    api_scopes = {s.name for r in catalogue.resources for s in r.scopes}
    claims = {name for names in CLAIMS_OF_SCOPE.values() for name in names}
    about_tokens = {"sub", "iss", "aud", "exp", "iat", "auth_time", "amr", "nonce"}
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "jwks_uri": f"{issuer}/oauth/jwks",
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "end_session_endpoint": f"{issuer}/oauth/logout",
        "scopes_supported": [*PERSON_SCOPES, *sorted(api_scopes)],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(ID_TOKEN_ALGS),
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "introspection_endpoint_auth_methods_supported": confidential,
        "revocation_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": list(PROMPTS),
        "claim_types_supported": ["normal"],
        "claims_supported": sorted(claims | about_tokens | {"at_hash", "sid"}),
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "ui_locales_supported": ["en"],
        "service_documentation": f"{issuer}/",
    }
