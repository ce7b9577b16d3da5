"""Proof Key for Code Exchange: the arithmetic of S256 (RFC 7636)."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe

#: RFC 7636 section 4.1: 43 to 128 unreserved characters.
_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
#: The base64url of 32 bytes, without padding.
_CHALLENGE = re.compile(r"[A-Za-z0-9\-_]{43}")


def new_code_verifier() -> str:
    """Draw a code_verifier of 256 bits (RFC 7636 section 4.1)."""
    return token_urlsafe(32)


def s256(code_verifier: str) -> str:
    """The code_challenge of a code_verifier (RFC 7636 section 4.2)."""
    digest = sha256(code_verifier.encode("ascii")).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def is_code_verifier(text: str) -> bool:
    """Whether the text has the form of a code_verifier (RFC 7636 section 4.1)."""
    return _VERIFIER.fullmatch(text) is not None


def is_code_challenge(text: str) -> bool:
    """Whether the text has the form of an S256 code_challenge (section 4.2)."""
    return _CHALLENGE.fullmatch(text) is not None


def matches(code_verifier: str, code_challenge: str) -> bool:
    """Whether the verifier proves the challenge (RFC 7636 section 4.6)."""
    return compare_digest(s256(code_verifier).encode(), code_challenge.encode())
