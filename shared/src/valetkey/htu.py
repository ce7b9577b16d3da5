"""Whether two texts are the URI of one request, query and fragment aside (RFC 9449)."""

import re
from urllib.parse import unquote, urlsplit

#: RFC 3986 section 2.3.
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_PORTS = {"https": 443, "http": 80}


def normalised(url: object) -> tuple[str, str, int | None, str] | None:
    """
    Scheme, host, port and path, as RFC 9449 section 4.3 compares them.

    Letter case, default port, empty path and percent-encoding do not count (RFC 3986
    sections 6.2.2 and 6.2.3). None where it is no URL with a host.
    """
    if not isinstance(url, str) or not (url.isascii() and url.isprintable()):
        return None
    try:
        parts = urlsplit(url)
        port = _PORTS.get(parts.scheme) if parts.port is None else parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.username is not None:
        return None
    path = _ENCODED.sub(_plain, parts.path) or "/"
    return parts.scheme, parts.hostname, port, path


def _plain(encoded: re.Match[str]) -> str:
    character = unquote(encoded[0])
    return character if _UNRESERVED.fullmatch(character) else encoded[0].upper()
