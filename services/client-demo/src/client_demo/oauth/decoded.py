"""A token as people may read it. Nothing here is proof of anything."""

from dataclasses import dataclass
from typing import Any

from valetkey.errors import InvalidToken
from valetkey.jws import decode_base64url, read_json_object


@dataclass(frozen=True, slots=True)
class Decoded:
    """Header and claims of a JWT whose signature was not looked at here."""

    header: dict[str, Any]
    claims: dict[str, Any]


def decode(token: str) -> Decoded | None:
    """What a JWT says; None where the token is opaque, as any access token may be."""
    segments = token.split(".")
    if len(segments) != 3:
        return None
    try:
        header, claims = (
            read_json_object(decode_base64url(segment)) for segment in segments[:2]
        )
    except InvalidToken:
        return None
    return Decoded(header, claims)
