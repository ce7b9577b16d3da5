"""The public keys that a client registers by value (RFC 7591 section 2: jwks)."""

from typing import Any

from valetkey.jwk import PRIVATE, read_jwks

#: As many are enough for every rotation.
MAX_KEYS = 20


def jwks_problem(value: Any) -> str | None:
    """
    Why a JWK Set cannot be registered, or None.

    A private key is refused and not just left out: whoever sent it has shown it to
    others. A key for encryption is kept and never used.
    """
    entries = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(entries, list) or not 0 < len(entries) <= MAX_KEYS:
        return f"must be a JWK Set of 1 to {MAX_KEYS} keys"
    for entry in entries:
        if not isinstance(entry, dict) or not all(map(_is_plain, entry.values())):
            return "must be a JWK Set"
        if PRIVATE & entry.keys() or entry.get("kty") == "oct":
            return "must contain public keys only"
        if entry.get("use") != "enc" and not read_jwks({"keys": [entry]}):
            return "contains a key that cannot be used: type, algorithm or length"
    return None


def _is_plain(value: Any) -> bool:
    """Text without control characters, or a list of it: all that a public JWK has."""
    if isinstance(value, list):
        return all(isinstance(one, str) and one.isprintable() for one in value)
    return isinstance(value, str) and value.isprintable()
