"""The discovery documents (RFC 8414 section 2, OpenID Connect Discovery section 3)."""

from auth_service.protocol.acr import ACR_VALUES
from auth_service.protocol.authorization_request import PROMPTS
from auth_service.protocol.client import (
    AUTH_METHODS,
    GRANT_TYPES,
    ID_TOKEN_ALGS,
    SUBJECT_TYPES,
)
from auth_service.protocol.client_assertion import ALGS
from auth_service.protocol.response_mode import RESPONSE_MODES
from auth_service.protocol.scopes import PERSON_SCOPES, Catalogue
from auth_service.protocol.user import CLAIMS_OF_SCOPE
from valetkey.dpop import ALGORITHMS

#: The endpoints that a client may need its certificate at (RFC 8705 section 5).
_FOR_PROGRAMS = (
    "token_endpoint",
    "pushed_authorization_request_endpoint",
    "device_authorization_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "userinfo_endpoint",
)


def metadata(
    issuer: str,
    catalogue: Catalogue,
    *,
    ui_locales: tuple[str, ...] = (),
    tls_auth_methods: tuple[str, ...] = (),
    mtls_base_url: str | None = None,
    registration: bool = False,
    client_id_documents: bool = False,
    must_push: bool = False,
) -> dict[str, object]:
    """What works here, nothing more and nothing less; both documents are this one."""
    auth_methods = [*AUTH_METHODS, *tls_auth_methods]
    document = _document(issuer, catalogue, auth_methods)
    if ui_locales:  # OpenID Connect Discovery section 3
        document["ui_locales_supported"] = list(ui_locales)
    document["require_pushed_authorization_requests"] = must_push
    types = sorted(t.type for r in catalogue.resources for t in r.detail_types)
    if types:  # RFC 9396 section 10
        document["authorization_details_types_supported"] = types
    if registration:  # RFC 7591 section 3
        document["registration_endpoint"] = f"{issuer}/oauth/register"
    if client_id_documents:  # client-id-metadata-document, section 6
        document["client_id_metadata_document_supported"] = True
    if tls_auth_methods:
        document["tls_client_certificate_bound_access_tokens"] = True
    if mtls_base_url is not None:  # RFC 8705 section 5
        document["mtls_endpoint_aliases"] = {
            name: str(document[name]).replace(issuer, mtls_base_url, 1)
            for name in _FOR_PROGRAMS
            if name in document
        }
    return document


def _document(
    issuer: str, catalogue: Catalogue, auth_methods: list[str]
) -> dict[str, object]:
    confidential = [method for method in auth_methods if method != "none"]
    # What is reserved is for apps of the operator, who knows its name.
    api_scopes = {
        s.name for r in catalogue.resources for s in r.scopes if not s.reserved
    }
    claims = {name for names in CLAIMS_OF_SCOPE.values() for name in names}
    of_tokens = {"sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "amr"}
    of_tokens |= {"nonce", "at_hash", "sid"}
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "pushed_authorization_request_endpoint": f"{issuer}/oauth/par",
        "device_authorization_endpoint": f"{issuer}/oauth/device_authorization",
        "token_endpoint": f"{issuer}/oauth/token",
        "jwks_uri": f"{issuer}/oauth/jwks",
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        # RP-Initiated Logout section 2.1.
        "end_session_endpoint": f"{issuer}/oauth/logout",
        "scopes_supported": [*PERSON_SCOPES, *sorted(api_scopes)],
        "response_types_supported": ["code"],
        "response_modes_supported": list(RESPONSE_MODES),
        "authorization_signing_alg_values_supported": list(ID_TOKEN_ALGS),
        "grant_types_supported": list(GRANT_TYPES),
        "subject_types_supported": list(SUBJECT_TYPES),  # OIDC Core section 8
        "id_token_signing_alg_values_supported": list(ID_TOKEN_ALGS),
        "token_endpoint_auth_methods_supported": auth_methods,
        "token_endpoint_auth_signing_alg_values_supported": list(ALGS),
        "introspection_endpoint_auth_methods_supported": confidential,
        "introspection_endpoint_auth_signing_alg_values_supported": list(ALGS),
        "introspection_signing_alg_values_supported": list(ID_TOKEN_ALGS),
        "revocation_endpoint_auth_methods_supported": auth_methods,
        "revocation_endpoint_auth_signing_alg_values_supported": list(ALGS),
        "dpop_signing_alg_values_supported": list(ALGORITHMS),
        "code_challenge_methods_supported": ["S256"],
        # OpenID Connect Prompt Create section 4.2.
        "prompt_values_supported": list(PROMPTS),
        "claim_types_supported": ["normal"],
        "claims_supported": sorted(claims | of_tokens),
        "claims_parameter_supported": True,
        "acr_values_supported": list(ACR_VALUES),
        "userinfo_signing_alg_values_supported": list(ID_TOKEN_ALGS),
        "display_values_supported": ["page"],
        "request_parameter_supported": True,
        "request_object_signing_alg_values_supported": list(ALGS),
        "require_signed_request_object": False,
        # None but our own, of which RFC 9126 section 5 speaks elsewhere.
        "request_uri_parameter_supported": False,
        # RFC 9207 section 2.3: `iss` is the issuer above.
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "service_documentation": f"{issuer}/",
    }
