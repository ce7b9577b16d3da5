"""Whose key a token is bound to: `cnf` (RFC 7800, RFC 8705, RFC 9449)."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from valetkey.errors import InvalidToken

#: The confirmation methods that we understand: the thumbprint of a DPoP key (RFC 9449
#: section 6.1) and of a client certificate (RFC 8705 section 3.1).
METHODS = frozenset({"jkt", "x5t#S256"})


def read_confirmation(claims: Mapping[str, Any]) -> Mapping[str, str]:
    """
    What the sender of a token must prove; empty for a bearer token.

    Raises:
        InvalidToken: `cnf` holds something that we would not check. A token that is
            bound in a way we do not know is not a bearer token.

    """
    if "cnf" not in claims:
        return {}
    cnf = claims["cnf"]
    if not isinstance(cnf, dict) or not cnf or not cnf.keys() <= METHODS:
        raise _not_understood()
    if not all(isinstance(value, str) and value for value in cnf.values()):
        raise _not_understood()
    return cnf


def certificate_thumbprint(certificate: bytes) -> str:
    """`x5t#S256` of a certificate in DER (RFC 8705 section 3.1)."""
    return urlsafe_b64encode(sha256(certificate).digest()).rstrip(b"=").decode()


def _not_understood() -> InvalidToken:
    reason = "cnf is not one that this server checks"
    return InvalidToken(reason, detail=reason)
