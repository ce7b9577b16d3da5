"""
Protect a FastAPI application with access tokens, without asking anybody per request.

    auth = ResourceServer(issuer="https://id.example", audience="https://api.example")

    @app.get("/notes")
    async def notes(
        token: Annotated[AccessToken, Depends(auth.require_scope("notes:read"))],
    ): ...
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Security
from fastapi.openapi.models import OAuth2, OAuthFlowAuthorizationCode, OAuthFlows
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from valetkey.access_token import AccessToken
from valetkey.bearer import BearerRefusal, read_bearer
from valetkey.clock import Clock, SystemClock
from valetkey.errors import InsufficientScope, OAuthError
from valetkey.jwks import Keys, RemoteKeys, verify_with
from valetkey.jwt_verification import Expectation
from valetkey.problem import problem

log = logging.getLogger(__name__)

Dependency = Callable[..., Awaitable[AccessToken]]


class ResourceServer:
    """
    An API that accepts one issuer's access tokens (RFC 6750, 9068, 9728).

    Args:
        issuer: the authorization server, https, or http on loopback.
        audience: this API's identifier; `aud` must equal it. A URL is best.
        scopes: what each scope of this API allows, for the documentation page. Where
            given, a scope that is not among them is refused when a route asks for it.
        backchannel_base_url: where this machine reaches the issuer, if elsewhere.
        trusted_origins: other origins that the issuer's endpoints may be on.
        algorithms: signature algorithms to accept; of these, the key's own counts.
        authorization_url: for the documentation page's Authorize button.
        token_url: for the documentation page's Authorize button.
        keys: where keys come from, in place of the issuer's discovery document.
        clock: what time it is.

    Raises:
        ValueError: the issuer is neither https nor http on loopback, or an algorithm
            is not asymmetric.

    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        scopes: Mapping[str, str] | None = None,
        backchannel_base_url: str | None = None,
        trusted_origins: Collection[str] = (),
        algorithms: Collection[str] | None = None,
        authorization_url: str | None = None,
        token_url: str | None = None,
        keys: Keys | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.issuer = issuer
        self.audience = audience
        self.keys = keys or RemoteKeys(
            issuer,
            backchannel_base_url=backchannel_base_url,
            trusted_origins=trusted_origins,
        )
        self._clock = clock or SystemClock()
        self._expectation = Expectation.access_token(issuer=issuer, audience=audience)
        if algorithms is not None:
            self._expectation = replace(
                self._expectation, algorithms=frozenset(algorithms)
            )
        self._scopes_are_declared = scopes is not None
        self._scheme = _Scheme(
            authorization_url or f"{issuer}/oauth/authorize",
            token_url or f"{issuer}/oauth/token",
            dict(scopes or {}),
        )
        self.scopes = self._scheme.scopes
        self.metadata_path, self.resource_metadata = _metadata_place(audience)

    async def verify(self, token: str) -> AccessToken:
        """
        Check an access token (RFC 9068 section 4).

        Raises:
            InvalidToken: it is malformed, forged, expired or meant for somebody else.
            TemporarilyUnavailable: the issuer's keys cannot be had.

        """
        now = self._clock.now()
        return AccessToken.of(
            await verify_with(self.keys, token, self._expectation, now=now)
        )

    def require(self, *, person: bool = False) -> Dependency:
        """A dependency that lets any valid token pass; see `require_scope`."""
        return self.require_scope(person=person)

    def require_scope(self, *scopes: str, person: bool = False) -> Dependency:
        """
        A dependency that gives the verified token, or refuses the request.

        Without a token, or with a bad one, the answer is 401; where the token lacks
        one of the scopes, 403; where the issuer's keys cannot be had, 503.

        Args:
            scopes: all of them are needed.
            person: a token that an application got for itself is refused (RFC 9700
                section 4.15).

        Raises:
            ValueError: a scope is not one of those that were declared.

        """
        for scope in scopes:
            if self._scopes_are_declared and scope not in self.scopes:
                raise ValueError(f"scope {scope!r} was not declared")
            self.scopes.setdefault(scope, "")
        scheme = Security(self._scheme, scopes=list(scopes))

        async def access_token(
            request: Request, _: Annotated[None, scheme]
        ) -> AccessToken:
            try:
                return await self._admit(request, scopes, person=person)
            except OAuthError as error:
                fields = {"error": error.error, "detail": error.detail}
                log.info("refused", extra=fields)
                raise self._refusal(error, scopes) from None

        return access_token

    async def _admit(
        self, request: Request, scopes: Collection[str], *, person: bool
    ) -> AccessToken:
        text = read_bearer(request)
        if text is None:
            raise self._refusal(None, scopes)
        token = await self.verify(text)
        if not token.scopes.issuperset(scopes):
            raise InsufficientScope("a scope is missing", detail="a scope is missing")
        if person and token.is_clients_own:
            reason = "the token speaks for no person"
            raise InsufficientScope(reason, detail=reason)
        return token

    def _refusal(
        self, error: OAuthError | None, scopes: Collection[str]
    ) -> BearerRefusal:
        return BearerRefusal(
            error, scopes=scopes, resource_metadata=self.resource_metadata
        )

    def metadata(self) -> dict[str, Any]:
        """What a client may know about this API (RFC 9728 section 2)."""
        return {
            "resource": self.audience,
            "authorization_servers": [self.issuer],
            "scopes_supported": sorted(self.scopes),
            "bearer_methods_supported": ["header"],
        }

    def install(self, app: FastAPI) -> None:
        """
        Answer refusals with problem documents, and publish the API's metadata.

        The metadata is at the place that RFC 9728 section 3.1 derives from `audience`;
        where that is not an https or http URL, there is none.
        """
        app.add_exception_handler(BearerRefusal, render_refusal)
        if self.metadata_path is None:
            return

        async def protected_resource() -> JSONResponse:
            headers = {
                "cache-control": "public, max-age=3600",
                "access-control-allow-origin": "*",
            }
            return JSONResponse(self.metadata(), headers=headers)

        app.add_api_route(
            self.metadata_path, protected_resource, include_in_schema=False
        )


class _Scheme(SecurityBase):
    """How the documentation page gets a token: authorization code with PKCE."""

    def __init__(
        self, authorization_url: str, token_url: str, scopes: dict[str, str]
    ) -> None:
        flow = OAuthFlowAuthorizationCode(
            authorizationUrl=authorization_url, tokenUrl=token_url, scopes=scopes
        )
        self.scopes = flow.scopes
        self.model = OAuth2(flows=OAuthFlows(authorizationCode=flow))
        self.scheme_name = "OAuth2"

    async def __call__(self, request: HTTPConnection) -> None:
        """Say nothing: `require_scope` reads the token, once."""


async def render_refusal(_: Request, refusal: Exception) -> Response:
    """Render a `BearerRefusal` as a problem document; an exception handler."""
    if not isinstance(refusal, BearerRefusal):
        raise refusal
    told = {} if refusal.error is None else {"error": refusal.error.error}
    return problem(refusal.status_code, refusal.detail, headers=refusal.headers, **told)


def _metadata_place(audience: str) -> tuple[str | None, str | None]:
    """The path and the URL of the metadata (RFC 9728 section 3.1)."""
    parts = urlsplit(audience)
    if parts.scheme not in {"https", "http"} or not parts.netloc:
        return None, None
    path = f"/.well-known/oauth-protected-resource{parts.path.rstrip('/')}"
    return path, f"{parts.scheme}://{parts.netloc}{path}"
