"""
Protect a FastAPI application with access tokens, without asking anybody per request.

    auth = ResourceServer(issuer="https://id.example", audience="https://api.example")

    @app.get("/notes")
    async def notes(
        token: Annotated[AccessToken, Depends(auth.require_scope("notes:read"))],
    ): ...
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Security
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from valetkey.access_token import AccessToken
from valetkey.bearer import Refusal, read_presentation
from valetkey.challenge import Challenger
from valetkey.clock import Clock, SystemClock
from valetkey.errors import InvalidToken, OAuthError
from valetkey.introspection import Introspection
from valetkey.jwks import Keys, RemoteKeys, verify_with
from valetkey.jwt_verification import Expectation
from valetkey.nonce_header import NonceHeader
from valetkey.openapi import Scheme
from valetkey.problem import problem
from valetkey.protected_resource import METADATA_HEADERS, metadata, metadata_place
from valetkey.requirement import ANY, Allows, Requirement
from valetkey.sender import ACCEPTED, DPoP, Presentation, check_sender
from valetkey.verified import VerifiedTokens

log = logging.getLogger(__name__)

Dependency = Callable[..., Awaitable[AccessToken]]


class ResourceServer:
    """
    An API that accepts one issuer's access tokens (RFC 6750, 9068, 9449, 9728).

    FAPI 2.0 section 5.3.4: in the header only, and bound tokens with their proof.

    Args:
        issuer: the authorization server, https, or http on loopback.
        audience: this API's identifier; `aud` must equal it. A URL is best.
        scopes: what each scope of this API allows, for the documentation page. Where
            given, a scope that is not among them is refused when a route asks for it.
        backchannel_base_url: where this machine reaches the issuer, if elsewhere.
        trusted_origins: other origins that the issuer's endpoints may be on.
        algorithms: signature algorithms to accept; of these, the key's own counts.
        dpop: how tokens that are bound to a DPoP key are taken; None refuses them, as
            does an audience that is not a URL, to which no proof could be made.
        client_certificates: whether a proxy in front has checked client certificates
            and sets, or removes, `Client-Cert` on every request (RFC 9440). Tokens
            that are bound to a certificate are refused without it.
        introspection: who knows which tokens were revoked, for routes with `live`.
        about: what else the API's metadata says, by the names of RFC 9728 section 2,
            such as `resource_name` and `resource_documentation`.
        authorization_url: for the documentation page's Authorize button.
        token_url: for the documentation page's Authorize button.
        keys: where keys come from, in place of the issuer's discovery document.
        clock: what time it is.

    Raises:
        ValueError: the issuer is neither https nor http on loopback, an algorithm
            is not asymmetric, or DPoP is required of an API that has no URL.

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
        dpop: DPoP | None = ACCEPTED,
        client_certificates: bool = False,
        introspection: Introspection | None = None,
        about: Mapping[str, Any] | None = None,
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
        self.introspection = introspection
        self._clock = clock or SystemClock()
        self._expectation = Expectation.access_token(issuer=issuer, audience=audience)
        if algorithms is not None:
            self._expectation = replace(
                self._expectation, algorithms=frozenset(algorithms)
            )
        self._verified = VerifiedTokens()
        self._scopes_are_declared = scopes is not None
        self._scheme = Scheme(
            authorization_url or f"{issuer}/oauth/authorize",
            token_url or f"{issuer}/oauth/token",
            dict(scopes or {}),
        )
        self.scopes = self._scheme.scopes
        self.scheme_name = self._scheme.scheme_name
        self.metadata_path, self.resource_metadata = metadata_place(audience)
        if self.metadata_path is None:
            if dpop is not None and dpop.required:
                raise ValueError("DPoP needs an audience that is a URL")
            dpop = None
        self._dpop = dpop
        parts = urlsplit(audience)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._client_certificates = client_certificates
        self._about = dict(about or {})
        self._challenger = Challenger(
            resource_metadata=self.resource_metadata,
            algs=() if dpop is None else tuple(dpop.algorithms),
            only_dpop=dpop is not None and dpop.required,
        )

    async def verify(self, token: str) -> AccessToken:
        """
        Check a bearer token (RFC 9068 section 4), of which there is only the text.

        Raises:
            InvalidToken: it is malformed, forged, expired or meant for somebody else,
                or bound to a key, of which a text alone proves nothing.
            TemporarilyUnavailable: the issuer's keys cannot be had.

        """
        verified = await self._read(token)
        if verified.confirmation:
            reason = "the token is bound to a key"
            raise InvalidToken(reason, detail=reason)
        return verified

    def require(
        self,
        *,
        person: bool = False,
        acr_values: Sequence[str] = (),
        max_age: int | None = None,
        live: bool = False,
    ) -> Dependency:
        """A dependency that lets any valid token pass; see `require_scope`."""
        return self.require_scope(
            person=person, acr_values=acr_values, max_age=max_age, live=live
        )

    def require_scope(
        self,
        *scopes: str,
        person: bool = False,
        acr_values: Sequence[str] = (),
        max_age: int | None = None,
        live: bool = False,
        or_detail: Allows | None = None,
    ) -> Dependency:
        """
        A dependency that gives the verified token, or refuses the request.

        Without a token, or with a bad one, the answer is 401; where the token lacks
        one of the scopes, 403; where the issuer's keys cannot be had, 503.

        Args:
            scopes: all of them are needed.
            person: a token that an application got for itself is refused (RFC 9700
                sections 4.15 and 4.15.1).
            acr_values: one of these ways to sign in is needed (RFC 9470).
            max_age: seconds since the person signed in, at most (RFC 9470).
            live: the issuer is asked whether the token was revoked; where it does not
                answer, the request is refused with 503.
            or_detail: whether one of the token's authorization details allows the
                request in place of the scopes (RFC 9396).

        Raises:
            ValueError: a scope is not one of those that were declared, or nobody was
                named who knows which tokens were revoked.

        """
        for scope in scopes:
            if self._scopes_are_declared and scope not in self.scopes:
                raise ValueError(f"scope {scope!r} was not declared")
            self.scopes.setdefault(scope, "")
        if live and self.introspection is None:
            raise ValueError("live needs ResourceServer(introspection=...)")
        requirement = Requirement(
            scopes=scopes,
            person=person,
            acr_values=tuple(acr_values),
            max_age=max_age,
            or_detail=or_detail,
            live=live,
        )
        scheme = Security(self._scheme, scopes=list(scopes))

        async def access_token(
            request: Request, _: Annotated[None, scheme]
        ) -> AccessToken:
            return await self.admit(request, requirement)

        return access_token

    async def admit(
        self, request: Request, requirement: Requirement = ANY
    ) -> AccessToken:
        """
        The verified token of a request, for a route that has no dependencies.

        Raises:
            Refusal: see `require_scope`; `install` has it answered.

        """
        shown, error = None, None
        try:
            shown = read_presentation(
                request,
                origin=self._origin,
                dpop=self._dpop is not None,
                client_certificates=self._client_certificates,
            )
            if shown is not None:
                return await self._check(request, shown, requirement)
        except OAuthError as found:
            error = found
            log.info("refused", extra={"error": error.error, "detail": error.detail})
        dpop = shown is not None and shown.dpop
        challenge = self._challenger.write(error, requirement, dpop=dpop)
        raise Refusal(error, challenge)

    async def _check(
        self, request: Request, shown: Presentation, requirement: Requirement
    ) -> AccessToken:
        # RFC 6749 section 7: ours, in force, and far enough for what is asked.
        now = self._clock.now()
        token = await self._read(shown.token)
        if shown.dpop and self._dpop is not None and self._dpop.nonces is not None:
            request.state.dpop_nonce = self._dpop.nonces.issue(now)
        await check_sender(token, shown, self._dpop, now=now)
        requirement.check(token, request.path_params, now=now)
        if requirement.live:
            await self._check_live(shown.token)
        return token

    async def _read(self, token: str) -> AccessToken:
        claims = await verify_with(
            self.keys,
            token,
            self._expectation,
            now=self._clock.now(),
            verified=self._verified,
        )
        return AccessToken.of(claims)

    async def _check_live(self, token: str) -> None:
        if self.introspection is None or not await self.introspection.is_active(token):
            reason = "the token was revoked"
            raise InvalidToken(reason, detail=reason)

    def metadata(self) -> dict[str, Any]:
        """What a client may know about this API (RFC 9728 section 2)."""
        return metadata(
            resource=self.audience,
            issuer=self.issuer,
            scopes=self.scopes,
            dpop=self._dpop,
            client_certificates=self._client_certificates,
            more=self._about,
        )

    def install(self, app: FastAPI) -> None:
        """Answer refusals with problem documents, and publish the API's metadata."""
        app.add_exception_handler(Refusal, render_refusal)
        if self._dpop is not None and self._dpop.nonces is not None:
            app.add_middleware(NonceHeader)
        self.publish_metadata(app)

    def publish_metadata(self, app: FastAPI) -> None:
        """
        Answer at the place that RFC 9728 section 3.1 derives from `audience`.

        `install` does it too; where the API is mounted in another application, it is
        this other one that has the place. Without an https or http URL there is none.
        """
        if self.metadata_path is None:
            return

        async def protected_resource() -> JSONResponse:
            return JSONResponse(self.metadata(), headers=METADATA_HEADERS)

        app.add_api_route(
            self.metadata_path,
            protected_resource,
            methods=["GET", "OPTIONS"],
            include_in_schema=False,
        )


async def render_refusal(_: Request, refusal: Exception) -> Response:
    """Render a `Refusal` as a problem document; an exception handler."""
    if not isinstance(refusal, Refusal):
        raise refusal
    told = {} if refusal.error is None else {"error": refusal.error.error}
    return problem(refusal.status_code, refusal.detail, headers=refusal.headers, **told)
