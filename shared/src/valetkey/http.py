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

    Whom it calls has to have a certificate for that name (OIDC Core sections 5.3.4
    and 16.17, OIDC Discovery sections 7.1 and 7.2, RFC 6749 section 10.9, RFC 6750
    sections 5.2 and 5.3, RFC 7009 section 5, RFC 7662 section 4, RFC 8414 sections 6.1
    and 6.2).

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
