"""Handles that mean nothing to whoever holds them, and what we keep of them."""

from hashlib import sha256
from secrets import token_urlsafe


def new_handle() -> str:
    """
    Draw 256 bits as 43 characters that are safe in a URL.

    Nobody guesses them (RFC 6749 sections 10.4 and 10.10).
    """
    return token_urlsafe(32)


def fingerprint(handle: str) -> str:
    """
    What is stored in place of a handle: its SHA-256, in hexadecimal.

    A handle has 256 random bits, so nothing is gained by a slow hash, and a slow
    one would let anybody burn our processor at the token endpoint.
    """
    return sha256(handle.encode("utf-8", "surrogatepass")).hexdigest()
