"""What the userinfo endpoint says, and whether it speaks of the same person."""

from typing import Any

from client_demo.errors import AnswerRefused
from client_demo.oauth.json_object import read_json_object


def read_userinfo(body: bytes, *, subject: str) -> dict[str, Any]:
    """
    Read a userinfo answer (OpenID Connect Core section 5.3.2).

    Raises:
        AnswerRefused: not an object, a name repeated, or `sub` is not the one of
            the ID token; then nothing else in it may be used either.

    """
    claims = read_json_object(body)
    if claims.get("sub") != subject:
        raise AnswerRefused("sub of userinfo is not the one of the ID token")
    return claims
