"""Keys that tokens are bound to, as `cnf` says it (RFC 7800, 8705 and 9449)."""

import re
from collections.abc import Mapping

from valetkey.errors import InvalidDpopProof, InvalidGrant, InvalidRequest

#: The base64url of a SHA-256 (RFC 7638 section 3).
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")

#: What a client has proved to hold, or has to: `jkt`, `x5t#S256`.
Confirmation = Mapping[str, str]


def check_same_keys(bound: Confirmation | None, proved: Confirmation | None) -> None:
    """
    Whoever presents a code or a refresh token has the keys that it is bound to.

    Raises:
        InvalidDpopProof: there is no proof (RFC 9449 section 5).
        InvalidGrant: another key (RFC 9449 section 10), or another certificate, or
            none (RFC 8705 section 4).

    """
    proved = proved or {}
    for name, key in (bound or {}).items():
        if name == "jkt" and name not in proved:
            raise InvalidDpopProof("a DPoP proof is needed")
        if proved.get(name) != key:
            raise InvalidGrant(detail="it is bound to another key")


def check_dpop_jkt(dpop_jkt: str | None) -> None:
    """
    The parameter is a thumbprint (RFC 9449 section 10).

    Raises:
        InvalidRequest: it is not.

    """
    if dpop_jkt is not None and not _THUMBPRINT.fullmatch(dpop_jkt):
        raise InvalidRequest("dpop_jkt must be the base64url of a SHA-256")


def with_dpop_jkt(parameters: Mapping[str, str], jkt: str | None) -> dict[str, str]:
    """
    A pushed request, bound to the key of its own proof (RFC 9449 section 10.1).

    Raises:
        InvalidRequest: the parameter names another key.

    """
    if jkt is None:
        return dict(parameters)
    if parameters.get("dpop_jkt", jkt) != jkt:
        raise InvalidRequest("dpop_jkt is not the key of the DPoP proof")
    return {**parameters, "dpop_jkt": jkt}
