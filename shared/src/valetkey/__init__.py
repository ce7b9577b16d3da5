"""
Protect a FastAPI application with OAuth 2 access tokens.

    ResourceServer    what an API needs: `require_scope()`, `install()`
    AccessToken       what a verified token says
    errors            the refusals, in the words of the specifications
    testing           tokens for tests, without a server
"""

from valetkey.access_token import AccessToken
from valetkey.errors import InsufficientScope, InvalidToken, TemporarilyUnavailable
from valetkey.resource_server import ResourceServer

__all__ = [
    "AccessToken",
    "InsufficientScope",
    "InvalidToken",
    "ResourceServer",
    "TemporarilyUnavailable",
]
