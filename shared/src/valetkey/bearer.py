"""
Tokens over HTTP: where they are read, and how they are refused (RFC 6750).

A token counts in the Authorization header only. In a query it would be logged (RFC
6750 section 2.3), in a cookie it would be sent by any page (section 5.3), in a body
only some methods could carry it (OAuth 2.1 section 5.1): there it is not seen at all.
"""

from collections.abc import Mapping
from urllib.parse import quote

from fastapi import HTTPException
from starlette.requests import HTTPConnection

from valetkey.client_certificate import read_client_cert
from valetkey.errors import InvalidDpopProof, InvalidRequest, OAuthError, UseDpopNonce
from valetkey.sender import Presentation


def read_authorization(request: HTTPConnection) -> tuple[str, str]:
    """
    The scheme, in lower case, and what follows it; empty where there is none.

    Raises:
        InvalidRequest: there are two Authorization headers.

    """
    headers = request.headers.getlist("authorization")
    if len(headers) > 1:
        raise InvalidRequest("there is more than one Authorization header")
    scheme, _, credentials = headers[0].partition(" ") if headers else ("", "", "")
    return scheme.lower(), credentials.strip(" ")


def read_bearer(request: HTTPConnection) -> str | None:
    """
    The token of the request, or None where it has none (RFC 6750 section 2.1).

    Raises:
        InvalidRequest: there are two Authorization headers.

    """
    scheme, token = read_authorization(request)
    return token or None if scheme == "bearer" else None


def read_presentation(
    request: HTTPConnection, *, origin: str, dpop: bool, client_certificates: bool
) -> Presentation | None:
    """
    The token of the request with what proves whose it is; None where it has none.

    Args:
        request: to an API.
        origin: the API's own, for anybody can send any Host.
        dpop: whether the scheme DPoP counts (RFC 9449 section 7.1).
        client_certificates: whether `Client-Cert` counts (RFC 9440).

    Raises:
        InvalidRequest: there are two Authorization headers, or `Client-Cert` is none.

    """
    scheme, token = read_authorization(request)
    if not token or scheme not in ({"bearer", "dpop"} if dpop else {"bearer"}):
        return None
    headers = request.headers
    passed_on = headers.getlist("client-cert") if client_certificates else ()
    return Presentation(
        token=token,
        dpop=scheme == "dpop",
        method=request.scope["method"],
        url=f"{origin}{_path(request)}",
        proofs=headers.getlist("dpop"),
        certificate=read_client_cert(passed_on),
    )


def _path(request: HTTPConnection) -> str:
    """As it was sent; what a proxy took away is told the application in root_path."""
    scope = request.scope
    path = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")
    outside = quote(scope.get("app_root_path", scope.get("root_path", "")))
    is_there = path == outside or path.startswith(f"{outside}/")
    return path if is_there else f"{outside}{path}"


class Refusal(HTTPException):
    """
    A request that may not pass, with the challenge that says what would.

    Attributes:
        error: what was wrong; None where no token was presented, because then a
            challenge has no error code (RFC 6750 section 3.1).

    """

    def __init__(self, error: OAuthError | None, challenge: str) -> None:
        self.error = error
        status = _status(error)
        headers: dict[str, str] = dict(_headers(error))
        if status < 500:
            headers["www-authenticate"] = challenge
        text = "an access token is needed" if error is None else error.description
        super().__init__(status, text, headers)


def _status(error: OAuthError | None) -> int:
    """A resource server answers a bad proof as it does a bad token (RFC 9449 s. 7)."""
    if error is None or isinstance(error, (InvalidDpopProof, UseDpopNonce)):
        return 401
    return error.status


def _headers(error: OAuthError | None) -> Mapping[str, str]:
    headers = {}
    if isinstance(error, UseDpopNonce):
        headers["dpop-nonce"] = error.nonce
    if error is not None and error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    return headers
