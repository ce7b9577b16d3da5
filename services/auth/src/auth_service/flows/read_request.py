"""From parameters to an authorization request, in the open, signed or pushed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from auth_service.ports import ClientKeys, Resources, SingleUse, Verifier
from auth_service.protocol.authorization_request import (
    AuthorizationRequest,
    read_authorization_request,
)
from auth_service.protocol.client import Client
from auth_service.protocol.fapi import check_fapi_request
from auth_service.protocol.reply import ReplyAddress, match_reply_address
from auth_service.protocol.request_object import (
    check_request_object,
    read_request_object,
)
from valetkey.clock import Clock
from valetkey.errors import InvalidRequest, InvalidRequestObject, InvalidToken


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequest:
    """
    What the authorization endpoint and the one for pushed requests both do.

    Attributes:
        loopback: whether FAPI clients may be on this computer, as in development.

    """

    issuer: str
    resources: Resources
    keys: ClientKeys
    objects: SingleUse
    verifier: Verifier
    clock: Clock
    loopback: bool

    async def open(
        self, parameters: Mapping[str, str], client: Client
    ) -> Mapping[str, str]:
        """
        The parameters that count: those of the request object, where there is one.

        What stands beside it is ignored (RFC 9101 section 6.3).

        Raises:
            InvalidRequestObject: it is not this client's, not for us, or was used.
            InvalidRequest: the client signs its requests, and did not.

        """
        if "request" not in parameters:
            if client.require_signed_request_object:  # RFC 9101 section 10.5
                raise InvalidRequest("the app must send a signed request object")
            return parameters
        if "request_uri" in parameters:  # RFC 9101 section 5, OIDC Core section 6
            raise InvalidRequest("request and request_uri cannot be combined")
        jws = read_request_object(parameters["request"], client)
        key = await self.keys.find(client, jws.kid, jws.alg)
        if key is None:
            raise InvalidRequestObject("no key of the app fits the request object")
        read = check_request_object(
            jws, key, client, issuer=self.issuer, now=self.clock.now()
        )
        if read.jti is not None and not await self.objects.claim(
            client.client_id, read.jti, seconds=read.seconds
        ):
            raise InvalidRequestObject("the request object was used before")
        return read.parameters

    def match(self, parameters: Mapping[str, str], client: Client) -> ReplyAddress:
        """Where the answer goes; see `match_reply_address`."""
        return match_reply_address(parameters, client, issuer=self.issuer)

    async def read(
        self, parameters: Mapping[str, str], client: Client, reply_to: ReplyAddress
    ) -> AuthorizationRequest:
        """
        Check everything, and make it a value.

        Raises:
            OAuthError: see `read_authorization_request`.

        """
        catalogue = await self.resources.catalogue()
        request = read_authorization_request(parameters, client, catalogue, reply_to)
        check_fapi_request(
            client, reply_to, request.code_challenge, loopback=self.loopback
        )
        hint = parameters.get("id_token_hint")
        return request if hint is None else self._with_hint(request, hint)

    def _with_hint(
        self, request: AuthorizationRequest, hint: str
    ) -> AuthorizationRequest:
        """It is an ID token that we gave to this app (OIDC Core section 3.1.2.2)."""
        try:
            claims = self.verifier.read_id_token_hint(hint)
        except InvalidToken as error:
            raise InvalidRequest(
                "id_token_hint is not an ID token of this server", detail=error.detail
            ) from None
        if claims["aud"] not in (request.client_id, [request.client_id]):
            raise InvalidRequest("id_token_hint was issued to another app")
        return replace(request, hinted_subject=claims["sub"])
