"""Which of the keys that a client registered is meant (RFC 7517)."""

from collections.abc import Mapping, Sequence
from typing import Any

from valetkey.jwk import KEY_TYPES, VerificationKey, read_public_key
from valetkey.thumbprint import thumbprint

#: The entries of a JWK Set, usable or not.
Entries = Sequence[Mapping[str, Any]]


def read_entries(document: object) -> Entries:
    """The entries of a JWK Set; none where it is none (RFC 7517 section 5)."""
    entries = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(entries, list | tuple):
        return ()
    return [each for each in entries if isinstance(each, Mapping)]


def find_key(entries: Entries, kid: str | None, alg: str) -> VerificationKey | None:
    """
    The key of that name for that algorithm; without a name, the only one that fits.

    A key without `alg` serves each algorithm of its type, as libraries publish them.
    Of several with one name, type, `use` and `alg` tell which (FAPI 2.0 section 5.4.3).
    """
    named = [e for e in entries if kid is None or e.get("kid") == kid]
    fitting = [key for e in named if (key := read_public_key(dict(e), alg))]
    return fitting[0] if len(fitting) == 1 else None


def thumbprints(entries: Entries) -> set[str]:
    """The thumbprints of the keys that can be used (RFC 7638)."""
    return {
        thumbprint(entry)
        for entry in entries
        if any(read_public_key(dict(entry), alg) for alg in KEY_TYPES)
    }
