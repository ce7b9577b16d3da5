"""Where the next page of a list begins, in words that only we can write."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256

from auth_service.crypto.seal import derive
from valetkey.errors import InvalidRequest


class PageTokens:
    """
    The port `PageTokens`: HMAC-SHA256 over the list, what it shows, and the place.

    A token of one list, order or search is none of another.
    """

    def __init__(self, secret: str) -> None:
        self._key = derive(secret, b"valetkey page tokens")

    def write(self, of: Sequence[str], position: Sequence[str]) -> str:
        """The token of a place in a list."""
        place = json.dumps(list(position)).encode()
        return urlsafe_b64encode(self._mac(of, place) + place).decode().rstrip("=")

    def read(self, of: Sequence[str], token: str) -> tuple[str, ...]:
        """
        The place that a token means.

        Raises:
            InvalidRequest: we did not write it, or not for this list.

        """
        padded = token.encode("ascii", "replace") + b"=" * (-len(token) % 4)
        try:
            raw = urlsafe_b64decode(padded)
        except ValueError:
            raise InvalidRequest("the page token is not one of this list") from None
        mac, place = raw[:32], raw[32:]
        # Written anew: base64 has several ways to say the same.
        if not hmac.compare_digest(mac, self._mac(of, place)) or (
            urlsafe_b64encode(raw).decode().rstrip("=") != token
        ):
            raise InvalidRequest("the page token is not one of this list")
        return tuple(json.loads(place))

    def _mac(self, of: Sequence[str], place: bytes) -> bytes:
        text = json.dumps(list(of)).encode() + b"\0" + place
        return hmac.digest(self._key, text, sha256)
