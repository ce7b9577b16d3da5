"""The provider as anybody sees it who holds its tokens: keys, ID tokens, userinfo."""

import time
from typing import Any, Literal

import jwt

from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.conformance.responses import half_hash


async def discovery(auth: AuthorizationServer) -> dict[str, Any]:
    """The discovery document (OIDC Discovery section 4)."""
    answer = await auth.http().get("/.well-known/openid-configuration")
    document: dict[str, Any] = answer.json()
    return document


async def key_of(auth: AuthorizationServer, kid: str) -> jwt.PyJWK:
    """The one key of this name that the server publishes."""
    published = (await auth.http().get("/oauth/jwks")).json()
    (key,) = (k for k in published["keys"] if k["kid"] == kid)
    return jwt.PyJWK(key)


async def validated(
    auth: AuthorizationServer, tokens: dict[str, Any], *, audience: str, alg: str
) -> dict[str, Any]:
    """The claims of an ID token that is right (OIDC Core sections 2, 3.1.3.7)."""
    header = jwt.get_unverified_header(tokens["id_token"])
    assert header["alg"] == alg
    claims: dict[str, Any] = jwt.decode(
        tokens["id_token"],
        await key_of(auth, header["kid"]),
        algorithms=[alg],
        audience=audience,
        issuer=auth.issuer,
        options={"require": ["iss", "sub", "aud", "exp", "iat"]},
    )
    now = time.time()
    assert now - 60 < claims["iat"] <= now + 5 < claims["exp"]
    assert 1 <= len(claims["sub"]) <= 255
    assert claims["sub"].isascii()
    assert claims.get("azp", audience) == audience
    if "at_hash" in claims:
        assert claims["at_hash"] == half_hash(tokens["access_token"])
    return claims


async def userinfo(
    auth: AuthorizationServer,
    access_token: str,
    method: Literal["GET", "POST header", "POST body"],
) -> dict[str, Any]:
    """What the userinfo endpoint says, in JSON (OIDC Core section 5.3)."""
    http, path = auth.http(), "/oauth/userinfo"
    bearer = {"authorization": f"Bearer {access_token}"}
    if method == "GET":
        answer = await http.get(path, headers=bearer)
    elif method == "POST header":
        answer = await http.post(path, headers=bearer)
    else:
        answer = await http.post(path, data={"access_token": access_token})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].split(";")[0] == "application/json"
    claims: dict[str, Any] = answer.json()
    return claims
