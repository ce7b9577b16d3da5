"""Values that are right in every field, and rows that they refer to."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.protocol.authorization_request import AuthorizationRequest
from auth_service.protocol.client import Client
from auth_service.protocol.code_grant import CodeGrant
from auth_service.protocol.interaction import Waiting
from auth_service.protocol.refresh_grant import Grant
from auth_service.protocol.reply import ReplyAddress
from auth_service.protocol.session import Session
from auth_service.protocol.user import User
from auth_service.storage.postgres.clients import PostgresClients
from auth_service.storage.postgres.users import PostgresUsers

#: The longest that a family and an unused refresh token live here.
LONG = timedelta(days=1)


def new_user(**changes: Any) -> User:
    """Somebody with every field; nobody else has the same names."""
    name = uuid4().hex[:12]
    fields = {
        "subject": uuid4().hex,
        "username": f"u{name}",
        "email": f"{name}@people.example",
        "name": "Ada Łovelace",
        "email_verified": True,
        "phone_number": "+4930123456",
        "birthdate": date(1815, 12, 10),
        "emp_user_id": f"E-{name}",
        "locale": "de",
    }
    return User(**fields | changes)


def new_client(**changes: Any) -> Client:
    """An app that says everything about itself."""
    fields = {
        "client_id": f"app-{uuid4().hex}",
        "client_name": "Notes on the Engine",
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": frozenset({"authorization_code", "refresh_token"}),
        "scopes": frozenset({"openid", "notes:read"}),
        "redirect_uris": ("https://app.example/cb", "https://app.example/cb2"),
        "post_logout_redirect_uris": ("https://app.example/bye",),
        "client_uri": "https://app.example/",
        "policy_uri": "https://app.example/privacy",
        "tos_uri": "https://app.example/terms",
        "id_token_signed_response_alg": "ES256",
        "require_pkce": False,
    }
    return Client(**fields | changes)


async def stored_user(engine: AsyncEngine, **changes: Any) -> User:
    user = new_user(**changes)
    await PostgresUsers(engine).add(user, "a hash")
    return user


async def stored_client(engine: AsyncEngine, **changes: Any) -> Client:
    client = new_client(**changes)
    await PostgresClients(engine).put(client)
    return client


def new_grant(user: User, client: Client, **changes: Any) -> Grant:
    """A family that is bound to a browser session."""
    fields = {
        "grant_id": uuid4().hex,
        "client_id": client.client_id,
        "subject": user.subject,
        "scopes": frozenset({"openid", "notes:read"}),
        "resources": ("https://api.example",),
        "sid": uuid4().hex,
        "auth_time": datetime(2026, 11, 21, 12, tzinfo=UTC),
        "amr": ("pwd",),
        "offline": False,
        "claims": {"userinfo": ["email", "name"], "id_token": ["email"]},
    }
    return Grant(**fields | changes)


def new_code_grant(**changes: Any) -> CodeGrant:
    fields = {
        "grant_id": uuid4().hex,
        "client_id": "web-app",
        "redirect_uri": "https://app.example/cb?é=ß",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "nonce": "the-nonce",
        "scopes": frozenset({"openid", "notes:read"}),
        "resources": ("https://api.example",),
        "subject": uuid4().hex,
        "sid": uuid4().hex,
        "auth_time": datetime(2026, 11, 21, 12, 0, 0, 123456, UTC),
        "amr": ("pwd", "otp"),
        "authorized_at": datetime(2026, 11, 21, 12, 0, 1, 654321, UTC),
        "claims": {"userinfo": ["email", "name"]},
    }
    return CodeGrant(**fields | changes)


def new_waiting(**changes: Any) -> Waiting:
    request = AuthorizationRequest(
        client_id="web-app",
        reply_to=ReplyAddress(
            redirect_uri="https://app.example/cb",
            state="the-state",
            issuer="https://id.example",
            client_id="web-app",
            response_mode="form_post.jwt",
            alg="PS256",
        ),
        scopes=frozenset({"openid", "notes:read"}),
        resources=(),
        code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        nonce=None,
        prompts=frozenset({"login", "consent"}),
        max_age=60,
        login_hint="ädä@people.example",
        hinted_subject=None,
        subjects=frozenset({"the-person", "another"}),
        claims={"id_token": ["email"]},
        essential_acr=("a", "b"),
        acr_values=("b", "c"),
        ui_locales="fr-CA fr",
    )
    fields = {
        "request": request,
        "browser_key": "the-browser",
        "answered": frozenset({"login"}),
    }
    return Waiting(**fields | changes)


def new_session(**changes: Any) -> Session:
    """Of a person who signed in this moment."""
    now = datetime.now(UTC)
    fields = {
        "key": uuid4().hex,
        "sid": uuid4().hex,
        "subject": uuid4().hex,
        "auth_time": now,
        "amr": ("pwd",),
        "remembered": False,
        "device": "Firefox on Linux",
        "ip": "192.0.2.1",
        "last_seen_at": now,
    }
    return Session(**fields | changes)
