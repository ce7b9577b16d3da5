"""The OpenID provider, known by its discovery document and nothing else."""

from dataclasses import dataclass
from typing import Any

from client_demo.discovery import Discovery
from client_demo.dpop import Proof, Prover
from client_demo.errors import (
    AnswerRefused,
    NotOffered,
    ProviderUnavailable,
    TokenRefused,
)
from client_demo.oauth.attempt import Attempt, Registration
from client_demo.oauth.callback import Callback
from client_demo.oauth.client_authentication import UNSAID, Credentials, prove
from client_demo.oauth.id_token import check_at_hash
from client_demo.oauth.json_object import read_json_object
from client_demo.oauth.logout_token import Logout, read_logout
from client_demo.oauth.logout_token import expectation as logout_token_of
from client_demo.oauth.token_response import Tokens, error_code, read_token_response
from client_demo.oauth.userinfo import read_userinfo
from client_demo.outbound import Answer, NoAnswer, Trace
from valetkey.clock import Clock
from valetkey.discovery import ServerMetadata
from valetkey.errors import InvalidToken, TemporarilyUnavailable
from valetkey.http import Request
from valetkey.jwks import Keys, verify_with
from valetkey.jws import read_jws
from valetkey.jwt_verification import Expectation


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What this application asks of its OpenID provider."""

    issuer: str
    registration: Registration
    credentials: Credentials
    discovery: Discovery
    keys: Keys
    prover: Prover
    clock: Clock

    async def metadata(self) -> ServerMetadata:
        """See `Discovery.metadata`."""
        return await self.discovery.metadata()

    async def push(
        self, parameters: dict[str, str], trace: Trace, *, key: str | None
    ) -> dict[str, str]:
        """
        Send an authorization request from here; what the browser then brings instead
        (RFC 9126 section 2).

        Raises:
            TokenRefused: the provider does not take the request.
            AnswerRefused: there is no `request_uri` in the answer.
            ProviderUnavailable: no answer.

        """
        endpoint = "pushed_authorization_request_endpoint"
        title = "Pushed authorization request"
        answer = await self.post(endpoint, parameters, trace, title=title, key=key)
        told = read_json_object(answer.body)
        if answer.status not in {200, 201}:
            raise TokenRefused(error_code(told))
        request_uri = told.get("request_uri")
        if not (isinstance(request_uri, str) and request_uri.isprintable()):
            raise AnswerRefused("request_uri is not a text")
        return {"client_id": self.registration.client_id, "request_uri": request_uri}

    async def exchange(
        self, callback: Callback, attempt: Attempt, trace: Trace
    ) -> Tokens:
        """
        Turn the code into tokens (RFC 6749 section 4.1.3).

        What comes back is checked (OpenID Connect Core section 3.1.3.5).

        Raises:
            TokenRefused: the code is spent, expired or not ours.
            AnswerRefused: there is no ID token in the answer, or it is malformed.
            ProviderUnavailable: no answer.

        """
        form = {
            "grant_type": "authorization_code",
            "code": callback.code,
            "redirect_uri": self.registration.redirect_uri,
            "code_verifier": attempt.code_verifier,
        }
        tokens = await self.tokens(form, trace, title="Token request", key=attempt.key)
        if tokens.id_token is None:
            raise AnswerRefused("there is no ID token in the token response")
        return tokens

    async def refresh(self, old: Tokens, refresh_token: str, trace: Trace) -> Tokens:
        """
        Trade a refresh token for new tokens (RFC 6749 section 6).

        Raises:
            TokenRefused: the refresh token is spent, revoked or expired.
            ProviderUnavailable: no answer.

        """
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return await self.tokens(
            form, trace, title="Refresh request", key=old.key, requested=old.scope
        )

    async def tokens(
        self,
        form: dict[str, str],
        trace: Trace,
        *,
        title: str,
        key: str | None = None,
        requested: str | None = None,
    ) -> Tokens:
        """
        Ask the token endpoint, for the API where there is one (RFC 8707 section 2.2).

        Raises:
            TokenRefused: the provider said no.
            AnswerRefused: its answer is malformed.
            ProviderUnavailable: no answer.

        """
        form = self.for_the_api(form)
        answer = await self.post("token_endpoint", form, trace, title=title, key=key)
        return self.read(answer, key=key, requested=requested)

    def for_the_api(self, form: dict[str, str]) -> dict[str, str]:
        """The same, with the API that the token is for (RFC 8707 section 2)."""
        resource = self.registration.resource
        return form if resource is None else {**form, "resource": resource}

    def read(
        self, answer: Answer, *, key: str | None = None, requested: str | None = None
    ) -> Tokens:
        """See `read_token_response`."""
        return read_token_response(
            answer.status,
            read_json_object(answer.body),
            requested=requested or self.registration.scope,
            now=self.clock.now(),
            key=key,
        )

    async def verify_id_token(self, tokens: Tokens) -> dict[str, Any]:
        """
        The claims of an ID token that the provider made for us, now, and with this
        access token (OpenID Connect Core section 3.1.3.7). The nonce is the caller's.

        Raises:
            AnswerRefused: it is forged, expired, or meant for somebody else.
            ProviderUnavailable: the provider's keys cannot be had.

        """
        id_token = tokens.id_token or ""
        expected = Expectation.id_token(
            issuer=self.issuer, client_id=self.registration.client_id
        )
        claims = await self._verify("ID token", id_token, expected)
        alg = read_jws(id_token).alg
        check_at_hash(claims, access_token=tokens.access_token, alg=alg)
        return claims

    async def verify_logout_token(self, logout_token: str) -> Logout:
        """
        What a logout token says (OpenID Connect Back-Channel Logout section 2.6).

        Raises:
            AnswerRefused: it is forged, expired, or no logout token for us.
            ProviderUnavailable: the provider's keys cannot be had.

        """
        expected = logout_token_of(
            issuer=self.issuer, client_id=self.registration.client_id
        )
        return read_logout(await self._verify("logout token", logout_token, expected))

    async def _verify(
        self, what: str, token: str, expected: Expectation
    ) -> dict[str, Any]:
        try:
            return await verify_with(self.keys, token, expected, now=self.clock.now())
        except InvalidToken as error:
            raise AnswerRefused(f"{what}: {error.detail}") from None
        except TemporarilyUnavailable as error:
            raise ProviderUnavailable(error.detail) from None

    async def userinfo(
        self, tokens: Tokens, subject: str, trace: Trace
    ) -> dict[str, Any] | None:
        """
        More about the person (OIDC Core section 5.3); None where it cannot be had.

        Some providers have no such endpoint, and some do not let a token that is
        meant for an API in there: the ID token has said enough to sign in.

        Raises:
            AnswerRefused: it speaks of somebody else.
            ProviderUnavailable: no answer.

        """
        metadata = await self.metadata()
        url = metadata.back_channel_endpoint("userinfo_endpoint")
        if url is None:
            return None
        request = Request("GET", url, headers={"authorization": tokens.authorization})
        public = metadata.endpoint("userinfo_endpoint") or ""
        proof = _proof(tokens.key, public, tokens.access_token)
        answer = await self._send(request, trace, "UserInfo request", proof)
        if answer.status != 200:
            return None
        return read_userinfo(answer.body, subject=subject)

    async def revoke(self, token: str, trace: Trace) -> None:
        """Give a token back, where the provider takes it (RFC 7009)."""
        if (await self.metadata()).endpoint("revocation_endpoint") is not None:
            form = {"token": token, "token_type_hint": "refresh_token"}
            await self.post("revocation_endpoint", form, trace, title="Revocation")

    async def post(
        self,
        endpoint: str,
        form: dict[str, str],
        trace: Trace,
        *,
        title: str,
        key: str | None = None,
        client: Credentials | None = None,
    ) -> Answer:
        """
        Call an endpoint of the provider as this application, or as another client.

        Raises:
            NotOffered: the provider has no such endpoint.
            ProviderUnavailable: no answer.

        """
        metadata = await self.metadata()
        url = metadata.endpoint(endpoint)
        if url is None:
            raise NotOffered(f"the provider has no {endpoint}")
        methods = metadata.document.get("token_endpoint_auth_methods_supported", UNSAID)
        headers, fields = prove(client or self.credentials, methods=methods)
        request = Request(
            "POST",
            metadata.back_channel.url(url),
            headers={"accept": "application/json", **headers},
            data={**form, **fields},
        )
        proof = _proof(key, url)
        return await self._send(request, trace, title, proof)

    async def _send(
        self, request: Request, trace: Trace, title: str, proof: Proof | None
    ) -> Answer:
        try:
            answer = await self.prover.send(request, trace, title=title, proof=proof)
        except NoAnswer as error:
            raise ProviderUnavailable(f"{title}: {error}") from None
        if answer.status >= 500 or answer.status == 429:
            raise ProviderUnavailable(f"{title}: status {answer.status}")
        return answer


def _proof(key: str | None, url: str, access_token: str | None = None) -> Proof | None:
    return None if key is None else Proof(key=key, url=url, access_token=access_token)
