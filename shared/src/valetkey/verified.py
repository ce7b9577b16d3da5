"""Tokens whose signature was checked before: it need not be checked again."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from valetkey.jwk import VerificationKey


@dataclass(frozen=True, slots=True)
class Verified:
    """
    What one key signed.

    It is worth no more than that: whether the issuer still has this key, and whether
    the token has expired, is for whoever uses it to ask each time.
    """

    kid: str | None
    key: VerificationKey
    claims: Mapping[str, Any]


class VerifiedTokens:
    """
    A process's memory of tokens it has checked, by their digests.

    Args:
        most: so many; then those that were checked first are forgotten.

    """

    def __init__(self, most: int = 2048) -> None:
        self._most = most
        self._verified: dict[bytes, Verified] = {}

    def find(self, token: str) -> Verified | None:
        """What is known of this very text."""
        return self._verified.get(_digest(token))

    def keep(self, token: str, verified: Verified) -> None:
        """Remember that a text was checked, all of it."""
        while len(self._verified) >= self._most:
            del self._verified[next(iter(self._verified))]
        self._verified[_digest(token)] = verified


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
