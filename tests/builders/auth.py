"""An authorization server for tests: settings, apps and people right in every field."""

from typing import Any

from tests.builders import foreign_issuer

ISSUER = "https://id.example"
API = "https://api.example"
SECRETS = {
    "web-app": "web-app-secret-of-the-tests",
    "other-app": "other-app-secret-of-the-tests",
    "post-app": "post-app-secret-of-the-tests",
    "service-app": "service-app-secret-of-the-tests",
    "password-app": "password-app-secret-of-the-tests",
    "notes-api": "notes-api-secret-of-the-tests",
    "legacy-app": "legacy-app-secret-of-the-tests",
    "exchange-app": "exchange-app-secret-of-the-tests",
    "partner-app": "partner-app-secret-of-the-tests",
    "own-partner-app": "own-partner-app-secret-of-the-tests",
    "lonely-app": "lonely-app-secret-of-the-tests",
    "details-app": "details-app-secret-of-the-tests",
    "many-apis-app": "many-apis-app-secret-of-the-tests",
    "es256-app": "es256-app-secret-of-the-tests",
    "ps256-app": "ps256-app-secret-of-the-tests",
    "eddsa-app": "eddsa-app-secret-of-the-tests",
    "one-time-app": "one-time-app-secret-of-the-tests",
    "foreign-password-app": "foreign-password-app-secret-of-the-tests",
    # Every character that RFC 6749 section 2.3.1 makes a difference for.
    "odd-app": "a:b%c+d é",
}
PASSWORDS = {"alice": "correct horse of alice", "bob": "battery staple of bob"}
PERSON = "openid profile email phone offline_access"
NOTES = "notes:read notes:write"


#: A type of authorization details (RFC 9396), as an operator provisions it.
NOTE_ACCESS = {
    "schema": {
        "type": "object",
        "properties": {
            "actions": {
                "type": "array",
                "items": {"enum": ["read", "write"]},
                "minItems": 1,
                "uniqueItems": True,
            },
            "identifier": {"type": "string", "minLength": 1, "maxLength": 64},
        },
        "required": ["actions", "identifier"],
        "additionalProperties": False,
    },
    "sentence": "{actions} the note {identifier}",
}


JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def environment(database_url: str, redis_url: str, **changes: str) -> dict[str, str]:
    """The variables of an authorization server that is safe to publish."""
    return {
        "ISSUER_URL": ISSUER,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "KEY_ENCRYPTION_SECRET": "0f8fad5bd9cb469fa165b1c2d3e4f506",
        "AUTH_FAILURES_PER_MINUTE": "1000",
        "SIGN_INS_PER_MINUTE": "100000",
        "REGISTRATIONS_PER_HOUR": "1000",
        **changes,
    }


def client(client_id: str, **changes: Any) -> dict[str, Any]:
    """A confidential web app, as a provisioning file writes it."""
    return {
        "client_id": client_id,
        "client_secret": SECRETS.get(client_id),
        "client_name": client_id.replace("-", " ").title(),
        "redirect_uris": ["https://app.example/cb"],
        "post_logout_redirect_uris": ["https://app.example/bye"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": f"{PERSON} {NOTES}",
        **changes,
    }


def provisioned() -> dict[str, Any]:
    """Two people, one API, and an app of every kind."""
    scopes = {
        "notes:read": {"description": "Read your notes"},
        "notes:write": {"description": "Change your notes", "sensitive": True},
        "stats:read": {"description": "Count notes"},
    }
    return {
        "resources": [
            {
                "identifier": API,
                "name": "Notes",
                "scopes": scopes,
                "client_id": "notes-api",
                "authorization_details_types": {"note_access": NOTE_ACCESS},
            },
            {
                "identifier": "https://other-api.example",
                "name": "Other",
                "scopes": {"other:read": {"description": "Read others"}},
            },
        ],
        "trusted_issuers": [
            {
                "issuer": foreign_issuer.ISSUER,
                "jwks": foreign_issuer.JWKS,
                "subject_is": "username",
                "client_ids": ["partner-app", "own-partner-app"],
                "scopes": ["openid", "notes:read"],
            }
        ],
        "clients": [
            client("web-app", client_uri="https://app.example/"),
            client("other-app", redirect_uris=["https://other.example/cb"]),
            client("post-app", token_endpoint_auth_method="client_secret_post"),
            client(
                "spa-app",
                token_endpoint_auth_method="none",
                redirect_uris=["https://spa.example/cb"],
            ),
            client(
                "native-app",
                token_endpoint_auth_method="none",
                application_type="native",
                redirect_uris=["http://127.0.0.1/cb", "com.example.app:/cb"],
            ),
            client(
                "tv-app",
                grant_types=[DEVICE, "refresh_token"],
                token_endpoint_auth_method="none",
                redirect_uris=[],
            ),
            client(
                "service-app",
                grant_types=["client_credentials"],
                scope="stats:read notes:read",
                redirect_uris=[],
            ),
            client(
                "password-app",
                grant_types=["password", "refresh_token"],
                token_endpoint_auth_method="client_secret_post",
                first_party=True,
                redirect_uris=[],
            ),
            client(
                "notes-api",
                grant_types=[EXCHANGE],
                scope="",
                redirect_uris=[],
                token_exchange={"https://other-api.example": ["other:read"]},
            ),
            client(
                "exchange-app",
                grant_types=["authorization_code", "client_credentials", EXCHANGE],
                scope=f"{PERSON} {NOTES} other:read",
                token_exchange={"https://other-api.example": ["other:read"]},
            ),
            client("legacy-app", require_pkce=False),
            *(
                client(
                    client_id,
                    grant_types=["authorization_code", "refresh_token", JWT_BEARER],
                    first_party=client_id == "own-partner-app",
                )
                for client_id in ("partner-app", "own-partner-app", "lonely-app")
            ),
            client(
                "details-app",
                grant_types=[
                    "authorization_code",
                    "refresh_token",
                    "client_credentials",
                ],
                authorization_details_types=["note_access"],
            ),
            client("many-apis-app", scope=f"{PERSON} {NOTES} other:read"),
            client("es256-app", id_token_signed_response_alg="ES256"),
            client(
                "ps256-app",
                id_token_signed_response_alg="PS256",
                introspection_signed_response_alg="PS256",
            ),
            client("eddsa-app", id_token_signed_response_alg="EdDSA"),
            client("one-time-app", grant_types=["authorization_code"]),
            client("odd-app", grant_types=["client_credentials"], redirect_uris=[]),
            client(
                "foreign-password-app",
                grant_types=["password"],
                token_endpoint_auth_method="client_secret_post",
                redirect_uris=[],
            ),
            client(
                "public-password-app",
                grant_types=["password"],
                token_endpoint_auth_method="none",
                first_party=True,
                redirect_uris=[],
            ),
        ],
        "users": [
            {
                "username": name,
                "password": password,
                "email": f"{name}@people.example",
                "name": name.title(),
                "phone_number": "+4930123456",
            }
            for name, password in PASSWORDS.items()
        ],
    }


#: RFC 7636 appendix B.
CODE_VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CODE_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def authorize_parameters(**changes: str | None) -> dict[str, str]:
    """A good authorization request; None takes a parameter away."""
    parameters = {
        "client_id": "web-app",
        "redirect_uri": "https://app.example/cb",
        "response_type": "code",
        "scope": "openid profile notes:read",
        "state": "the-state",
        "nonce": "the-nonce",
        "code_challenge": CODE_CHALLENGE,
        "code_challenge_method": "S256",
    } | changes
    return {name: value for name, value in parameters.items() if value is not None}


def token_parameters(code: str, **changes: str | None) -> dict[str, str]:
    """A good code exchange; None takes a parameter away."""
    parameters = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "https://app.example/cb",
        "code_verifier": CODE_VERIFIER,
    } | changes
    return {name: value for name, value in parameters.items() if value is not None}
