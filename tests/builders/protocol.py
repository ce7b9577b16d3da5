"""Values of the protocol that are right in every field, and change by name."""

from datetime import UTC, datetime, timedelta
from typing import Any

from auth_service.protocol.client import Client
from auth_service.protocol.code_grant import CodeGrant
from auth_service.protocol.refresh_grant import Grant, RefreshGrant
from auth_service.protocol.scopes import Catalogue, Resource, Scope
from tests.builders.auth import API, CODE_CHALLENGE
from valetkey.opaque import fingerprint

NOW = datetime(2026, 3, 1, 12, 0, 0, 900_000, UTC)
SECRET = "the secret of the app"


def client(**changes: Any) -> Client:
    """A confidential web app."""
    fields = {
        "client_id": "app",
        "client_name": "App",
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": frozenset({"authorization_code", "refresh_token"}),
        "scopes": frozenset({"openid", "notes:read"}),
        "redirect_uris": ("https://app.example/cb",),
        "secret_fingerprints": (fingerprint(SECRET),),
    }
    return Client(**fields | changes)


def code_grant(**changes: Any) -> CodeGrant:
    """What a person has just allowed the app."""
    fields = {
        "grant_id": "the-family",
        "client_id": "app",
        "redirect_uri": "https://app.example/cb",
        "code_challenge": CODE_CHALLENGE,
        "nonce": "the-nonce",
        "scopes": frozenset({"openid", "notes:read"}),
        "resources": (API,),
        "subject": "the-subject",
        "sid": "the-sid",
        "auth_time": NOW,
        "amr": ("pwd",),
        "authorized_at": NOW,
    }
    return CodeGrant(**fields | changes)


def grant(**changes: Any) -> Grant:
    """The family that comes of it."""
    fields = {
        "grant_id": "the-family",
        "client_id": "app",
        "subject": "the-subject",
        "scopes": frozenset({"openid", "notes:read"}),
        "resources": (API,),
        "sid": "the-sid",
        "auth_time": NOW,
        "amr": ("pwd",),
        "offline": False,
    }
    return Grant(**fields | changes)


def refresh_grant(**changes: Any) -> RefreshGrant:
    """A refresh token that nobody has used."""
    fields = {
        "grant": grant(),
        "live": True,
        "expired": False,
        "rotated_for": None,
        "grace_uses": 0,
        "superseded": False,
        "authorization_left": timedelta(days=30),
    }
    return RefreshGrant(**fields | changes)


def used(seconds: float, **changes: Any) -> RefreshGrant:
    """A refresh token that was exchanged so many seconds ago."""
    return refresh_grant(rotated_for=timedelta(seconds=seconds), **changes)


def catalogue() -> Catalogue:
    """Two APIs; one scope is of both."""
    read = Scope(name="notes:read", description="Read your notes")
    write = Scope(name="notes:write", description="Change them", sensitive=True)
    shared = Scope(name="shared", description="Of both")
    other = Scope(name="other:read", description="Read others")
    return Catalogue(
        (
            Resource(
                identifier=API,
                name="Notes",
                scopes=(read, write, shared),
                client_id="notes-api",
            ),
            Resource(
                identifier="https://other.example", name="Other", scopes=(other, shared)
            ),
        )
    )
