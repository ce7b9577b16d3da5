"""Tokens in other ways than by a code: for a service, a device, a narrower purpose."""

from dataclasses import dataclass

from client_demo.errors import NotOffered, TokenRefused
from client_demo.oauth.client_authentication import Credentials
from client_demo.oauth.device import Waiting, read_device_authorization
from client_demo.oauth.json_object import read_json_object
from client_demo.oauth.token_exchange import (
    check_issued,
    exchange_request,
    narrower,
)
from client_demo.oauth.token_response import Tokens, error_code
from client_demo.outbound import Trace
from client_demo.provider import Provider

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """`service` is the client that gets tokens for itself, if there is one."""

    provider: Provider
    service: Credentials | None

    async def client_credentials(self, trace: Trace) -> Tokens:
        """
        A token for a service itself, without any person (RFC 6749 section 4.4).

        Raises:
            NotOffered: no service is set up here.
            TokenRefused: the provider said no.

        """
        if self.service is None:
            raise NotOffered("SERVICE_CLIENT_ID is not set")
        form = self.provider.for_the_api({"grant_type": "client_credentials"})
        answer = await self.provider.post(
            "token_endpoint", form, trace, title="Token request", client=self.service
        )
        return self.provider.read(answer)

    async def begin_device(self, trace: Trace) -> Waiting:
        """
        Ask for a code that a person can type elsewhere (RFC 8628 section 3.1).

        Raises:
            TokenRefused: the provider said no.
            AnswerRefused: its answer is malformed.

        """
        form = self.provider.for_the_api({"scope": self.provider.registration.scope})
        form["client_id"] = self.provider.registration.client_id
        answer = await self.provider.post(
            "device_authorization_endpoint",
            form,
            trace,
            title="Device authorization request",
        )
        told = read_json_object(answer.body)
        if answer.status != 200:
            raise TokenRefused(error_code(told))
        return read_device_authorization(told, now=self.provider.clock.now())

    async def ask_for_device(self, waiting: Waiting, trace: Trace) -> Tokens | Waiting:
        """
        Ask whether the person has answered (RFC 8628 section 3.4).

        Raises:
            TokenRefused: they said no, or it took too long.
            AnswerRefused: the answer is malformed, or its ID token is not for us.

        """
        form = {"grant_type": DEVICE_CODE, "device_code": waiting.device_code}
        form["client_id"] = self.provider.registration.client_id
        try:
            tokens = await self.provider.tokens(form, trace, title="Token request")
        except TokenRefused as refusal:
            if refusal.error not in {"authorization_pending", "slow_down"}:
                raise
            return waiting.asked(slower=refusal.error == "slow_down")
        if tokens.id_token is not None:
            await self.provider.verify_id_token(tokens)
        return tokens

    async def exchange(self, tokens: Tokens, trace: Trace) -> Tokens:
        """
        A narrower access token in place of this one (RFC 8693 section 2).

        Raises:
            TokenRefused: the provider said no.
            AnswerRefused: what came is no access token.

        """
        form = exchange_request(tokens.access_token, scope=narrower(tokens.scope))
        answer = await self.provider.post(
            "token_endpoint",
            self.provider.for_the_api(form),
            trace,
            title="Token exchange request",
            key=tokens.key,
        )
        exchanged = self.provider.read(answer, key=tokens.key, requested=tokens.scope)
        check_issued(read_json_object(answer.body))
        return exchanged
