"""A client pushes its request, and gets a reference to it (RFC 9126)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from auth_service.flows.client_authentication import ClientAuthentication
from auth_service.flows.confirm import Confirm
from auth_service.flows.read_request import ReadRequest
from auth_service.ports import PushedRequests
from auth_service.protocol.call import Call
from auth_service.protocol.client import Client
from auth_service.protocol.confirmation import with_dpop_jkt
from auth_service.protocol.pushed_request import new_request_uri
from valetkey.errors import InvalidRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """
    The pushed authorization request endpoint (RFC 9126 section 2).

    Attributes:
        lifetime: of a reference, in seconds.

    """

    clients: ClientAuthentication
    confirm: Confirm
    requests: ReadRequest
    pushed: PushedRequests
    lifetime: int

    async def push(
        self, parameters: Mapping[str, str], call: Call
    ) -> dict[str, object]:
        """
        Check a request as the authorization endpoint would, and keep it.

        Raises:
            InvalidClient: the client did not prove who it is.
            OAuthError: whatever is wrong with the request (section 2.3).

        """
        client = await self.clients.authenticate(parameters, call)
        if "request_uri" in parameters:  # section 2.1
            raise InvalidRequest("request_uri cannot be pushed")
        parameters = await self._open(parameters, client)
        parameters = with_dpop_jkt(parameters, await self.confirm.key(call))
        # To no address that is not registered, whoever pushes (section 7.2).
        reply_to = self.requests.match(parameters, client)
        request = await self.requests.read(parameters, client, reply_to)
        request_uri = new_request_uri()
        await self.pushed.put(request_uri, replace(request, request_uri=request_uri))
        return {"request_uri": request_uri, "expires_in": self.lifetime}

    async def _open(
        self, parameters: Mapping[str, str], client: Client
    ) -> Mapping[str, str]:
        """
        A client_id in the form is the client's own, with a request object too.

        In that it must be the same one, and all else in the form is ignored (RFC 9126
        section 3).
        """
        if parameters.get("client_id", client.client_id) != client.client_id:
            raise InvalidRequest("client_id is another app's")
        return await self.requests.open(parameters, client)
