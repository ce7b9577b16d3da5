"""Raw requests, read once at the door: parameters, and nothing deeper sees more."""

from starlette.requests import Request

from valetkey.errors import InvalidRequest
from valetkey.parameters import RepeatedParameter, is_form, read_parameters


class UnsupportedMediaType(InvalidRequest):
    """The body is not a form (RFC 9110 section 15.5.16)."""

    status = 415


#: May be repeated, as the one parameter that may (RFC 8707 section 2).
_RESOURCE = frozenset({"resource"})


def read_query(
    request: Request, *, joined: frozenset[str] = frozenset()
) -> dict[str, str]:
    """
    The query's parameters.

    Args:
        joined: see `read_parameters`.

    Raises:
        OAuthError: see `read_parameters`.

    """
    return read_parameters(request.scope["query_string"], joined=joined)


async def read_form(
    request: Request, *, hashed: frozenset[str] = frozenset()
) -> dict[str, str]:
    """
    The body's parameters, of an endpoint that programs call.

    Args:
        hashed: see `read_parameters`.

    Raises:
        InvalidRequest: not a form, or parameters in the query, where they would be
            logged (RFC 6749 section 3.2).

    """
    if request.scope["query_string"]:
        raise InvalidRequest("parameters belong in the body")
    if not is_form(request.headers.get("content-type")):
        raise InvalidRequest("the body must be application/x-www-form-urlencoded")
    return read_parameters(await request.body(), joined=_RESOURCE, hashed=hashed)


async def read_page_form(
    request: Request, *, joined: frozenset[str] = frozenset()
) -> dict[str, str]:
    """
    The body's parameters, of a page that people send.

    Raises:
        UnsupportedMediaType: not a form, so no page of ours sent it.
        InvalidRequest: repeated, malformed.

    """
    if not is_form(request.headers.get("content-type")):
        raise UnsupportedMediaType("the body must be a form")
    return read_parameters(await request.body(), joined=joined)


async def read_authorization(
    request: Request,
) -> tuple[dict[str, str], frozenset[str]]:
    """
    What a client asks at the authorization endpoint, by GET or POST.

    Returns:
        The parameters that came once, and the names of those that came more often.

    """
    try:
        if request.method == "GET":
            return read_query(request, joined=_RESOURCE), frozenset()
        return await read_page_form(request, joined=_RESOURCE), frozenset()
    except RepeatedParameter as repeated:
        return repeated.once, repeated.repeated


def ip(request: Request) -> str:
    """Where the request came from; a trusted proxy's word was taken by the server."""
    return request.client.host if request.client else "unknown"
