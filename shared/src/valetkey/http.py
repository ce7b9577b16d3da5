"""
The one place that chooses the HTTP client library.

Outbound calls of all services are built here, so that limits, and one day the
library, change in one line.
"""

import httpx

__all__ = ["Client", "HTTPError", "Request", "Response", "Transport", "new_client"]

Client = httpx.AsyncClient
HTTPError = httpx.HTTPError
Request = httpx.Request
Response = httpx.Response
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
        timeout=timeout, follow_redirects=False, trust_env=False, transport=transport
    )
