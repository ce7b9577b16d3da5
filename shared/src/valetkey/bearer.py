"""
Bearer tokens over HTTP: where they are read, and how they are refused (RFC 6750).

A token counts in the Authorization header only. In a query it would be logged, in a
cookie it would be sent by any page, in a body only some methods could carry it
(OAuth 2.1 section 5.1): there it is not seen at all.
"""

from collections.abc import Collection

from fastapi import HTTPException
from starlette.requests import HTTPConnection

from valetkey.errors import InsufficientScope, InvalidRequest, OAuthError


def read_bearer(request: HTTPConnection) -> str | None:
    """
    The token of the request, or None where it has none (RFC 6750 section 2.1).

    Raises:
        InvalidRequest: there are two Authorization headers.

    """
    headers = request.headers.getlist("authorization")
    if len(headers) > 1:
        raise InvalidRequest("there is more than one Authorization header")
    scheme, _, token = headers[0].partition(" ") if headers else ("", "", "")
    return token.strip(" ") or None if scheme.lower() == "bearer" else None


class BearerRefusal(HTTPException):
    """
    A request that may not pass, with the challenge that says what would.

    Attributes:
        error: what was wrong; None where no token was presented, because then a
            challenge has no error code (RFC 6750 section 3.1).

    """

    def __init__(
        self,
        error: OAuthError | None,
        *,
        scopes: Collection[str] = (),
        resource_metadata: str | None = None,
    ) -> None:
        self.error = error
        headers = {}
        status = 401 if error is None else error.status
        if error is not None and error.retry_after is not None:
            headers["retry-after"] = str(error.retry_after)
        if status < 500:
            headers["www-authenticate"] = challenge(error, scopes, resource_metadata)
        text = "an access token is needed" if error is None else error.description
        super().__init__(status, text, headers)


def challenge(
    error: OAuthError | None, scopes: Collection[str], resource_metadata: str | None
) -> str:
    """
    The value of WWW-Authenticate (RFC 6750 section 3, RFC 9728 section 5.1).

    Every scope that the request needs is named at once, so that a client asks the
    person once. Values are constants or checked scopes, so nothing is escaped.
    """
    fields = {} if error is None else error.parameters()
    if scopes and (error is None or isinstance(error, InsufficientScope)):
        fields["scope"] = " ".join(scopes)
    if resource_metadata is not None:
        fields["resource_metadata"] = resource_metadata
    told = ", ".join(f'{name}="{value}"' for name, value in fields.items())
    return f"Bearer {told}".rstrip()
