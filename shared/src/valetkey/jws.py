"""
A JSON Web Signature in compact form, read strictly (RFC 7515).

Nothing here looks for a key in the token: `jwk`, `jku`, `x5u` and `x5c` are
ignored, and `kid` is a name to look up, never a path or a query (RFC 8725
sections 2.9 and 3.10). A DPoP proof, which is about its own key and no other, is
read by `valetkey.dpop`.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from valetkey.errors import InvalidToken
from valetkey.jwk import VerificationKey

#: The longest token that is looked at, in characters.
MAX_TOKEN = 8 * 1024
#: The longest `kid`, in characters.
MAX_KID = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class JWS:
    """
    A signed text whose signature has not been checked yet.

    Attributes:
        typ: lower case, without `application/` (section 4.1.9); None where absent.
        kid: the name of the key (section 4.1.4); None where absent.
        header: all of it.

    """

    alg: str
    typ: str | None
    kid: str | None
    signing_input: bytes
    signature: bytes
    encoded_payload: str
    header: Mapping[str, Any] = field(repr=False)

    def payload(self, key: VerificationKey) -> bytes:
        """
        Check the signature, then decode what was signed.

        The key says which algorithm: a header that names another one is refused, as
        is what does not verify (RFC 8725 sections 3.1, 3.2 and 3.3).

        Raises:
            InvalidToken: the key did not sign this.

        """
        if self.alg != key.alg:
            raise InvalidToken(detail="alg is not the key's")
        if not key.verify(self.signing_input, self.signature):
            raise InvalidToken(detail="the signature is wrong")
        return decode_base64url(self.encoded_payload)


def read_jws(token: str) -> JWS:
    """
    Read header, payload and signature (RFC 7515 section 3.1, RFC 7519 section 7.2).

    Raises:
        InvalidToken: longer than 8 KiB, not three segments of canonical base64url,
             or a header that we would not follow.

    """
    if len(token) > MAX_TOKEN:
        raise InvalidToken(detail="the token is too long")
    segments = token.split(".")
    if len(segments) != 3 or not token.isascii():
        raise InvalidToken(detail="the token has not three segments")
    header = read_json_object(decode_base64url(segments[0]))
    alg = header.get("alg")
    if not isinstance(alg, str):
        raise InvalidToken(detail="alg is not a string")
    # RFC 7515 section 4.1.11: an extension that is not understood must be refused,
    # and we understand none; b64 (RFC 7797) is one.
    if "crit" in header or "b64" in header:
        raise InvalidToken(detail="the header has an extension")
    return JWS(
        alg=alg,
        typ=_typ(header),
        kid=_kid(header),
        signing_input=f"{segments[0]}.{segments[1]}".encode("ascii"),
        signature=decode_base64url(segments[2]),
        encoded_payload=segments[1],
        header=header,
    )


def _typ(header: Mapping[str, Any]) -> str | None:
    typ = header.get("typ")
    if typ is None and "typ" not in header:
        return None
    if not isinstance(typ, str):
        raise InvalidToken(detail="typ is not a string")
    return typ.lower().removeprefix("application/")


def _kid(header: Mapping[str, Any]) -> str | None:
    kid = header.get("kid")
    if kid is None and "kid" not in header:
        return None
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID:
        raise InvalidToken(detail="kid is not a short string")
    return kid


def decode_base64url(segment: str) -> bytes:
    """
    Decode base64url as RFC 7515 appendix C wants it: one text for one value.

    Raises:
        InvalidToken: padded, with foreign characters, or with a last
            character that another one could stand for.

    """
    try:
        decoded = urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        raise InvalidToken(detail="a segment is not base64url") from None
    # The decoder skips what it does not know; encoding again shows it.
    if urlsafe_b64encode(decoded).rstrip(b"=") != segment.encode():
        raise InvalidToken(detail="a segment is not canonical base64url")
    return decoded


def read_json_object(raw: bytes) -> dict[str, Any]:
    """
    Read a JSON object in UTF-8 in which each name stands once (RFC 7519 section 4).

    Raises:
        InvalidToken: anything else, NaN, Infinity, lone surrogates and nesting
            deeper than the parser goes among it.

    """
    value = read_json(raw)
    if not isinstance(value, dict):
        raise InvalidToken(detail="not a JSON object")
    return value


def read_json(raw: bytes) -> Any:
    """
    Read a JSON value in UTF-8 in whose objects each name stands once.

    No other encoding is taken (RFC 8725 section 3.7).

    Raises:
        InvalidToken: anything else, as with `read_json_object`.

    """
    try:
        text = raw.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise InvalidToken(detail="not JSON in UTF-8") from None
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name is repeated")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
