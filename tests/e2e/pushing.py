"""Apps that push their requests, or sign them."""

import time
from typing import Any
from uuid import uuid4

import httpx
import jwt

from tests.builders import auth as builder
from tests.builders.client_keys import ClientKey
from tests.e2e.authorization_server import AuthorizationServer


async def push(
    auth: AuthorizationServer,
    client_id: str = "web-app",
    *,
    credentials: dict[str, str] | None = None,
    http: httpx.AsyncClient | None = None,
    **changes: str | None,
) -> httpx.Response:
    """Push a request that is right but for what is changed; with Basic by default."""
    parameters = builder.authorize_parameters(client_id=client_id, **changes)
    basic = (client_id, builder.SECRETS.get(client_id, ""))
    return await (http or auth.http()).post(
        "/oauth/par",
        data={**parameters, **(credentials or {})},
        auth=basic if credentials is None else httpx.USE_CLIENT_DEFAULT,
    )


async def reference(auth: AuthorizationServer, **changes: Any) -> str:
    """The request_uri of a request that was pushed."""
    answer = await push(auth, **changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["request_uri"])


def request_object(
    key: ClientKey,
    client_id: str,
    /,
    *,
    header: dict[str, Any] | None = None,
    **changes: Any,
) -> str:
    """A request object that is right but for what is changed; None takes away."""
    now = int(time.time())
    claims = {
        **builder.authorize_parameters(client_id=client_id),
        "iss": client_id,
        "aud": builder.ISSUER,
        "nbf": now,
        "exp": now + 60,
        "jti": uuid4().hex,
    } | changes
    told = {name: value for name, value in claims.items() if value is not None}
    headers = {"kid": key.kid, "typ": "oauth-authz-req+jwt", **(header or {})}
    return jwt.encode(told, key.private, key.alg, headers)
