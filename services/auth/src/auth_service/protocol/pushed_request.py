"""References to pushed authorization requests (RFC 9126 section 2.2)."""

from auth_service.protocol.client import Client
from auth_service.protocol.fapi import is_fapi
from auth_service.protocol.throttle import per_minute
from valetkey.opaque import new_handle

_PREFIX = "urn:ietf:params:oauth:request_uri:"
#: References that are not good (any more), per address (RFC 9126 section 7.1).
WRONG_REFERENCES = per_minute(60)


def new_request_uri() -> str:
    """
    A reference of 256 random bits, which nobody guesses (section 7.1).

    RFC 9101 sections 5.2.1, 10.2 and 11.2.1 want it as well.
    """
    return _PREFIX + new_handle()


def is_pushed(request_uri: str | None) -> bool:
    """
    Whether it has the form of our own; no other is ever looked at.

    A URN, which is found in our store and fetched from nowhere (RFC 9101 sections 5.2
    and 5.2.3).
    """
    return request_uri is not None and request_uri.startswith(_PREFIX)


def must_push(client: Client) -> bool:
    """Whether this client's requests come by this road only (section 6, FAPI 2.0)."""
    return client.require_pushed_authorization_requests or is_fapi(client)
