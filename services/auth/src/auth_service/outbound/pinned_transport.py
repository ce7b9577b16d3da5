"""
The way to the network that leads to public addresses only.

A name is resolved once. All of its addresses are checked, and the connection goes
to one that was checked: what the name means a moment later cannot matter.
"""

from ssl import SSLContext

from auth_service.outbound.guard import Guard, name
from valetkey.http import (
    ConnectionFailed,
    Request,
    Response,
    SocketTransport,
    Transport,
)

#: How many addresses of a name are tried.
_TRIES = 4


class PinnedTransport(Transport):
    """
    Connects to the address that was checked, and speaks to the name that was asked for.

    Args:
        tls: whom we believe; the certificate has to be the name's.

    """

    def __init__(self, guard: Guard, *, tls: SSLContext) -> None:
        self._guard = guard
        self._sockets = SocketTransport(verify=tls, trust_env=False)

    async def handle_async_request(self, request: Request) -> Response:
        """
        Send a request to the first address that takes the connection.

        Raises:
            Unfetchable: see `Guard.addresses`.

        """
        *others, last = (await self._guard.addresses(request.url))[:_TRIES]
        for address in others:
            try:
                return await self._send(request, address)
            except ConnectionFailed:
                continue
        return await self._send(request, last)

    async def _send(self, request: Request, address: str) -> Response:
        """The Host header was written from the name; SNI has to be told."""
        return await self._sockets.handle_async_request(
            Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": name(request.url)},
            )
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._sockets.aclose()
