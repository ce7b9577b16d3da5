"""
The one place that chooses the HTTP client library.

Outbound calls of all services are built here, so that limits, and one day the
library, change in one line.
"""

from functools import cache
from ssl import SSLContext

import httpx

__all__ = [
    "URL",
    "Auth",
    "BasicAuth",
    "Client",
    "ConnectionFailed",
    "HTTPError",
    "InvalidURL",
    "Request",
    "Response",
    "SocketTransport",
    "Transport",
    "new_client",
]

URL = httpx.URL
Auth = httpx.Auth
BasicAuth = httpx.BasicAuth
Client = httpx.AsyncClient
ConnectionFailed = httpx.ConnectError
HTTPError = httpx.HTTPError
InvalidURL = httpx.InvalidURL
Request = httpx.Request
Response = httpx.Response
SocketTransport = httpx.AsyncHTTPTransport
Transport = httpx.AsyncBaseTransport


def new_client(
    *, timeout: float = 3.0, transport: Transport | None = None
) -> httpx.AsyncClient:
    """
    A client that follows no redirect and reads no proxy from the environment.

    Args:
        timeout: seconds for each of connect, write, read and pool.
        transport: another way to the network; tests mount an application here.

    """
    return httpx.AsyncClient(
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
        transport=transport,
        verify=_trusted(),
    )


@cache
def _trusted() -> SSLContext:
    """Made once: reading all certificates takes longer than a call."""
    return httpx.create_ssl_context(trust_env=False)
