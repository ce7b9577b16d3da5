"""
Who may sign in to the demo, and the applications that they sign in to.

One list serves `valetkey provision`, which makes them, and `.demo/demo.json`, which
tells of them. What is a secret is drawn once and remembered by the folder.
"""

from typing import Any

from demo.folder import DemoFolder
from demo.settings import DemoSettings

_PERSON = "openid profile email phone offline_access"
_NOTES = "notes:read notes:write"
_CODE = ["authorization_code", "refresh_token"]
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"

#: What `.demo/demo.json` tells of a client.
_TOLD = (
    "client_id",
    "client_secret",
    "redirect_uris",
    "grant_types",
    "token_endpoint_auth_method",
    "scope",
)

_SCOPES = {
    "notes:read": {"description": "Read your notes", "sensitive": False},
    "notes:write": {
        "description": "Add, change and delete your notes",
        "sensitive": True,
    },
    "stats:read": {
        "description": "Read how many notes there are",
        "sensitive": False,
        # About everybody: an operator gives it to an app, nobody takes it.
        "reserved": True,
    },
}


#: What an app may ask for in detail (RFC 9396): this note and no other.
_NOTE_ACCESS = {
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


def people(folder: DemoFolder) -> list[dict[str, str]]:
    """Two people, with the passwords they begin with."""
    return [
        {
            "username": username,
            "password": folder.password(username),
            "email": f"{username}@example.com",
            "name": name,
        }
        for username, name in (("alice", "Alice Archer"), ("bob", "Bob Baker"))
    ]


def clients(settings: DemoSettings, folder: DemoFolder) -> list[dict[str, Any]]:
    """Every kind of client, in the words of RFC 7591, section 2."""

    def client(
        client_id: str, name: str, method: str = "client_secret_basic", **metadata: Any
    ) -> dict[str, Any]:
        public = method == "none"
        return {
            "client_id": client_id,
            "client_secret": None if public else folder.secret(client_id),
            "client_name": name,
            "token_endpoint_auth_method": method,
            "redirect_uris": [],
            "post_logout_redirect_uris": [],
            "grant_types": [],
            "scope": f"{_PERSON} {_NOTES}",
            "application_type": "web",
            "first_party": False,
            **metadata,
        }

    return [
        client(
            "client-demo",
            "Client demo",
            client_uri=settings.client_demo,
            redirect_uris=[f"{settings.client_demo}/callback"],
            post_logout_redirect_uris=[f"{settings.client_demo}/"],
            backchannel_logout_uri=f"{settings.client_demo}/backchannel-logout",
            backchannel_logout_session_required=True,
            initiate_login_uri=f"{settings.client_demo}/login-initiation",
            grant_types=[*_CODE, _DEVICE, _EXCHANGE],
            token_exchange={settings.resource: ["notes:read"]},
            authorization_details_types=["note_access"],
        ),
        client(
            "web-app",
            "A web application",
            redirect_uris=["http://127.0.0.1:9500/cb"],
            grant_types=_CODE,
        ),
        client(
            "native-app",
            "A native application",
            "none",
            application_type="native",
            redirect_uris=["http://127.0.0.1/cb", "http://[::1]/cb"],
            grant_types=_CODE,
        ),
        client(
            "swagger-ui",
            "The API's documentation",
            "none",
            redirect_uris=[f"{settings.resource}/docs/oauth2-redirect"],
            grant_types=["authorization_code"],
        ),
        client(
            "service-app",
            "A service",
            grant_types=["client_credentials"],
            scope="stats:read notes:read",
        ),
        client(
            "password-app",
            "An application of our own that asks for passwords",
            "client_secret_post",
            first_party=True,
            grant_types=["password", "refresh_token"],
        ),
        client("notes-api", "The notes API, to introspect tokens", scope=""),
    ]


def provision_file(settings: DemoSettings, folder: DemoFolder) -> dict[str, Any]:
    """What `valetkey provision` reads."""
    return {
        "resources": [
            {
                "identifier": settings.resource,
                "name": "Notes",
                "scopes": _SCOPES,
                "client_id": "notes-api",
                "authorization_details_types": {"note_access": _NOTE_ACCESS},
            }
        ],
        "users": people(folder),
        "clients": clients(settings, folder),
    }


def demo_file(settings: DemoSettings, folder: DemoFolder) -> dict[str, Any]:
    """What `.demo/demo.json` tells a program that wants to use the demo."""
    return {
        "issuer": settings.issuer,
        "resource": settings.resource,
        "client_demo": settings.client_demo,
        "users": [
            {name: person[name] for name in ("username", "password")}
            for person in people(folder)
        ],
        "clients": [
            {name: client[name] for name in _TOLD}
            for client in clients(settings, folder)
        ],
    }
