"""A refusal as a problem document, application/problem+json (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import JSONResponse


class ProblemResponse(JSONResponse):
    """A problem document."""

    media_type = "application/problem+json"


def problem(
    status: int,
    detail: str = "",
    *,
    headers: Mapping[str, str] | None = None,
    **members: object,
) -> ProblemResponse:
    """
    Answer with a status, its standard title, and what may be said about it.

    Args:
        status: the HTTP status.
        detail: for a developer; a constant, never something that the caller sent.
        headers: more headers, such as a challenge.
        members: extension members (section 3.2), such as `error`.

    """
    told = {"title": HTTPStatus(status).phrase, "status": status, **members}
    if detail:
        told["detail"] = detail
    sent = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return ProblemResponse(told, status, {**sent, **(headers or {})})
