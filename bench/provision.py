"""The apps, the API and the people of the benchmark, as `valetkey provision` reads."""

import json
from pathlib import Path
from typing import Any

from bench.scenarios import API, REDIRECT_URI, SCOPE, SECRET

PASSWORD = "a password for the benchmark only"
#: Enough that nobody signs in twice at once, which is what somebody who guesses does.
PEOPLE = tuple(f"person{number}" for number in range(64))


def write(file: Path) -> Path:
    """Everything, in a file."""
    apps = [
        _app("web", "authorization_code", "refresh_token", scope=SCOPE),
        _app("service", "client_credentials", scope="notes:read"),
        _app("api", scope=""),
    ]
    api = {
        "identifier": API,
        "name": "Notes",
        "scopes": {"notes:read": {"description": "Read notes"}},
        "client_id": "api",
    }
    people = [_person(name) for name in PEOPLE]
    everything = {"clients": apps, "resources": [api], "users": people}
    file.write_text(json.dumps(everything))
    return file


def _app(client_id: str, *grants: str, scope: str) -> dict[str, Any]:
    return {
        "client_id": client_id,
        "client_secret": SECRET,
        "client_name": client_id,
        "redirect_uris": [REDIRECT_URI],
        "grant_types": list(grants),
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": scope,
        "id_token_signed_response_alg": "ES256",
    }


def _person(name: str) -> dict[str, Any]:
    return {
        "username": name,
        "password": PASSWORD,
        "email": f"{name}@people.example",
        "name": "Person",
    }
