"""Authlib (PyPI) as the app: sign in, refresh, revoke, sign out."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from tests.e2e.peers.python_peers import run
from tests.e2e.peers.python_stack import PERSON, Person, Stack, client

METHODS = ["client_secret_basic", "client_secret_post", "none"]


@pytest.fixture(scope="module")
def apps(stack: Stack) -> dict[str, dict[str, Any]]:
    """An app for each way to authenticate, by the way's name."""
    apps = {
        method: client(f"authlib-{method}", token_endpoint_auth_method=method)
        for method in METHODS
    }
    apps["none"]["client_secret"] = None
    stack.add(clients=list(apps.values()))
    return apps


def _told(stack: Stack, app: dict[str, Any]) -> dict[str, Any]:
    return {
        "issuer": stack.issuer,
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "method": app["token_endpoint_auth_method"],
        "redirect_uri": app["redirect_uris"][0],
        "post_logout_redirect_uri": app["post_logout_redirect_uris"][0],
        "scope": f"{PERSON} notes:read",
    }


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("script", ["authlib_app.py", "authlib_async_app.py"])
async def test_a_person_signs_in_stays_in_and_signs_out(
    stack: Stack,
    apps: dict[str, dict[str, Any]],
    alice: Person,
    script: str,
    method: str,
) -> None:
    """Authlib judges our metadata, the ID token with its at_hash, and userinfo."""
    app = apps[method]

    seen = await run(script, alice, **_told(stack, app))

    assert seen["person"]["aud"] == app["client_id"]
    assert seen["person"]["sub"] == seen["userinfo"]["sub"]
    assert seen["userinfo"]["preferred_username"] == "alice"
    assert seen["fresh"]["refresh_token"] != seen["token"]["refresh_token"]
    assert seen["revoked"] == {"status": 200, "body": "", "content_type": None}
    assert seen["gone"]["error"] == "invalid_grant"
    bye = app["post_logout_redirect_uris"][0]
    assert seen["left"] == f"{bye}?state={seen['logout_state']}"


async def test_a_service_gets_a_token_for_itself_and_the_api_asks_about_it(
    stack: Stack,
) -> None:
    service = client(
        "authlib-service",
        grant_types=["client_credentials"],
        redirect_uris=[],
        scope="stats:read",
    )
    stack.add(clients=[service])

    seen = await run(
        "authlib_service.py",
        issuer=stack.issuer,
        client_id=service["client_id"],
        client_secret=service["client_secret"],
        method="client_secret_basic",
        api=["notes-api", stack.folder.secret("notes-api")],
        stats=f"{stack.settings.resource}/stats",
    )

    assert "refresh_token" not in seen["token"]
    assert seen["stats"]["status"] == 200
    assert seen["introspected"]["active"]
    assert seen["introspected"]["client_id"] == "authlib-service"
    assert seen["introspected"]["scope"] == "stats:read"


async def test_a_service_signs_its_own_name(stack: Stack) -> None:
    """private_key_jwt, with the issuer as the audience of the assertion."""
    stack.needs("token_endpoint_auth_methods_supported", "private_key_jwt")
    key = ec.generate_private_key(ec.SECP256R1())
    jwk = json.loads(ECAlgorithm.to_jwk(key.public_key())) | {
        "kid": "1",
        "alg": "ES256",
    }
    service = client(
        "authlib-signing-service",
        client_secret=None,
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [jwk]},
        grant_types=["client_credentials"],
        redirect_uris=[],
        scope="stats:read",
    )
    stack.add(clients=[service])

    seen = await run(
        "authlib_service.py",
        issuer=stack.issuer,
        client_id=service["client_id"],
        client_secret=_pem(key),
        method="private_key_jwt",
        api=["notes-api", stack.folder.secret("notes-api")],
        stats=f"{stack.settings.resource}/stats",
    )

    assert seen["introspected"]["client_id"] == "authlib-signing-service"


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
