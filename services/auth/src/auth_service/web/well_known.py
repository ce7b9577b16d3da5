"""The discovery documents and the JWKS (RFC 8414 sections 3, 3.2, RFC 7517 s. 5)."""

from collections.abc import Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.describe import Describe
from auth_service.web.errors import for_programs
from valetkey.json_answer import JsonAnswer

_FOR_ALL = {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
}


def routes(
    describe: Describe, jwks: Callable[[], bytes], *, jwks_max_age: int
) -> APIRouter:
    """What this server can do, and the keys that check what it signs."""
    router = for_programs()

    # OIDC Discovery sections 4, 4.1 and 4.2; the other place is RFC 8414's.
    @router.get("/.well-known/openid-configuration")
    @router.get("/.well-known/oauth-authorization-server")
    async def metadata(_: Request) -> Response:
        headers = {"cache-control": "public, max-age=3600", **_FOR_ALL}
        return JsonAnswer(await describe.document(), headers=headers)

    @router.get("/oauth/jwks")
    async def keys(_: Request) -> Response:
        age = f"public, max-age={jwks_max_age}"
        return JsonAnswer(
            jwks(),
            headers={"cache-control": age, **_FOR_ALL},
            media_type="application/jwk-set+json",
        )

    return router
