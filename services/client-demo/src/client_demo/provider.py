"""The OpenID provider, known by its discovery document and nothing else."""

from dataclasses import dataclass
from typing import Any

from client_demo.discovery import Discovery
from client_demo.errors import AnswerRefused, ProviderUnavailable
from client_demo.oauth.attempt import Attempt, Registration
from client_demo.oauth.callback import Callback
from client_demo.oauth.client_authentication import UNSAID, prove
from client_demo.oauth.id_token import check_at_hash
from client_demo.oauth.json_object import read_json_object
from client_demo.oauth.token_response import Tokens, read_token_response
from client_demo.oauth.userinfo import read_userinfo
from client_demo.outbound import Answer, NoAnswer, Outbound, Trace
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
    client_secret: str
    discovery: Discovery
    keys: Keys
    outbound: Outbound
    clock: Clock

    async def metadata(self) -> ServerMetadata:
        """See `Discovery.metadata`."""
        return await self.discovery.metadata()

    async def exchange(
        self, callback: Callback, attempt: Attempt, trace: Trace
    ) -> Tokens:
        """
        Turn the code into tokens (RFC 6749 section 4.1.3).

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
        tokens = await self._token(form, trace, title="Token request")
        if tokens.id_token is None:
            raise AnswerRefused("there is no ID token in the token response")
        return tokens

    async def refresh(self, refresh_token: str, scope: str, trace: Trace) -> Tokens:
        """
        Trade a refresh token for new tokens (RFC 6749 section 6).

        Raises:
            TokenRefused: the refresh token is spent, revoked or expired.
            ProviderUnavailable: no answer.

        """
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return await self._token(form, trace, title="Refresh request", requested=scope)

    async def _token(
        self,
        form: dict[str, str],
        trace: Trace,
        *,
        title: str,
        requested: str | None = None,
    ) -> Tokens:
        if self.registration.resource is not None:
            form["resource"] = self.registration.resource
        answer = await self._post("token_endpoint", form, trace, title=title)
        return read_token_response(
            answer.status,
            read_json_object(answer.body),
            requested=requested or self.registration.scope,
            now=self.clock.now(),
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
        try:
            now = self.clock.now()
            claims = await verify_with(self.keys, id_token, expected, now=now)
            alg = read_jws(id_token).alg
        except InvalidToken as error:
            raise AnswerRefused(f"ID token: {error.detail}") from None
        except TemporarilyUnavailable as error:
            raise ProviderUnavailable(error.detail) from None
        check_at_hash(claims, access_token=tokens.access_token, alg=alg)
        return claims

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
        url = (await self.metadata()).back_channel_endpoint("userinfo_endpoint")
        if url is None:
            return None
        headers = {"authorization": f"Bearer {tokens.access_token}"}
        request = Request("GET", url, headers=headers)
        answer = await self._send(request, trace, title="UserInfo request")
        if answer.status != 200:
            return None
        return read_userinfo(answer.body, subject=subject)

    async def revoke(self, token: str, trace: Trace) -> None:
        """Give a token back, where the provider takes it (RFC 7009)."""
        if (await self.metadata()).endpoint("revocation_endpoint") is not None:
            form = {"token": token, "token_type_hint": "refresh_token"}
            await self._post("revocation_endpoint", form, trace, title="Revocation")

    async def _post(
        self, endpoint: str, form: dict[str, str], trace: Trace, *, title: str
    ) -> Answer:
        metadata = await self.metadata()
        methods = metadata.document.get("token_endpoint_auth_methods_supported", UNSAID)
        headers, fields = prove(
            self.registration.client_id, self.client_secret, methods=methods
        )
        request = Request(
            "POST",
            metadata.back_channel_endpoint(endpoint) or "",
            headers={"accept": "application/json", **headers},
            data={**form, **fields},
        )
        return await self._send(request, trace, title=title)

    async def _send(self, request: Request, trace: Trace, *, title: str) -> Answer:
        try:
            answer = await self.outbound.send(request, trace, title=title)
        except NoAnswer as error:
            raise ProviderUnavailable(f"{title}: {error}") from None
        if answer.status >= 500 or answer.status == 429:
            raise ProviderUnavailable(f"{title}: status {answer.status}")
        return answer
