"""
What an app may register, value by value, with the reason for each refusal.

RFC 7591 section 2, RFC 8252 section 7, RFC 9700 section 4.1. URIs are held against
patterns as they are written and never parsed: two parsers disagree about where a
strange URI leads, and one of them is a browser.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address
from urllib.parse import unquote_to_bytes

from auth_service.protocol.message import say

MAX_REDIRECT_URIS = 20
MAX_NAME = 100
MAX_URI = 2048

#: RFC 3986 appendix A, all in ASCII: no white space, backslash, quote or control.
_URI = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
_WEB = re.compile(r"(https?)://([^/?#]*)([^?#]*)(.*)")
_AUTHORITY = re.compile(r"([a-z0-9.-]+|\[::1\])(?::([1-9][0-9]{0,4}))?")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
#: What browsers read as an IPv4 address: the last label is a number of some base.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
#: RFC 8252 section 7.1: a domain name in reverse, one slash, no authority.
_PRIVATE_USE = re.compile(r"[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+:(/(?!/)[^?#]*)(?:\?.*)?")
#: RFC 8252 sections 7.3 and 8.3.
_LOOPBACK = frozenset({"127.0.0.1", "[::1]", "localhost"})
_DOT_SEGMENT = re.compile(r"/(\.|%2e){1,2}(/|$)", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


def name_problem(name: str) -> str | None:
    """Why an app cannot have a name, or None; invisible characters deceive."""
    if not name.strip():
        return say("Give the app a name.")
    if len(name) > MAX_NAME or not name.isprintable():
        return say("Use at most {count} printable characters.", count=MAX_NAME)
    return None


def redirect_uri_problem(uri: str, *, application_type: str) -> str | None:
    """
    Why a redirect_uri cannot be registered, or None (RFC 9700 section 4.1).

    It is absolute and without a fragment (RFC 6749 section 3.1.2); http leads to no
    other computer (RFC 9700 section 2.6).

    Args:
        application_type: `native` apps may use a scheme of their own as well.

    """
    if problem := _characters_problem(uri):
        return problem
    if "#" in uri:
        return say("It may not have a #fragment.")
    if "*" in uri:
        return say("Wildcards are not possible: register each URI.")
    web = _WEB.fullmatch(uri)
    own = _PRIVATE_USE.fullmatch(uri) if application_type == "native" else None
    if own is None and (problem := _web_problem(web, loopback=True)):
        return problem
    path = own[1] if own else web[3] if web else ""
    if _DOT_SEGMENT.search(path):
        return say("Its path may not contain . or .. as a segment.")
    return None


def redirect_uris_problem(
    uris: Sequence[str], *, application_type: str, at_least: int = 1
) -> str | None:
    """
    Why a list of them cannot be registered, naming the one that is wrong.

    Whoever wants codes needs one (RFC 6749 sections 3.1.2.2, 10.2 and 10.6).
    """
    if len(uris) < at_least:
        return say("Give at least one redirect URI.")
    if len(uris) > MAX_REDIRECT_URIS:
        return say("Give at most {count} URIs.", count=MAX_REDIRECT_URIS)
    for number, uri in enumerate(uris, 1):
        problem = redirect_uri_problem(uri, application_type=application_type)
        if problem and len(uris) > 1:
            return f"Line {number}: {problem}"
        if problem:
            return problem
    return None


def web_page_problem(uri: str, *, loopback: bool) -> str | None:
    """
    Why client_uri, policy_uri or tos_uri cannot be a link on our pages, or None.

    Args:
        loopback: whether pages on this computer will do, as in development.

    """
    if problem := _characters_problem(uri):
        return problem
    return _web_problem(_WEB.fullmatch(uri), loopback=loopback)


def client_id_url_problem(uri: str, *, loopback: bool) -> str | None:
    """
    Why a URL cannot be a client_id, or None (client ID metadata documents, section 3).

    Args:
        loopback: whether it may be on this computer, as in development.

    """
    if problem := web_page_problem(uri, loopback=loopback):
        return problem
    web = _WEB.fullmatch(uri)
    if web is None or not web[3]:
        return say("It must have a path.")
    if "#" in uri:
        return say("It may not have a #fragment.")
    if _DOT_SEGMENT.search(web[3]):
        return say("Its path may not contain . or .. as a segment.")
    return None


def _characters_problem(uri: str) -> str | None:
    if len(uri) > MAX_URI:
        return say("It may be {count} characters long at most.", count=MAX_URI)
    if not _URI.fullmatch(uri):
        return say("It contains a character that a URI cannot have; percent-encode it.")
    if _CONTROL.search(unquote_to_bytes(uri)):
        return say("It contains an encoded control character.")
    return None


def _web_problem(web: re.Match[str] | None, *, loopback: bool) -> str | None:
    if web is None:
        return say("It must begin with https://")
    scheme, authority = web[1], web[2]
    if "@" in authority:
        return say("It may not contain a user name.")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None or not _is_host(parts[1]) or int(parts[2] or 1) > 65535:
        return say("Its host or port is malformed; write the host in lower case.")
    if scheme == "http" and not (loopback and parts[1] in _LOOPBACK):
        if not loopback:
            return say("It must begin with https://")
        return say(
            "It must begin with https://; http is for 127.0.0.1, [::1] and localhost "
            "only."
        )
    return None


def _is_host(host: str) -> bool:
    """Whether every reader takes it for the same host."""
    if host == "[::1]":
        return True
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(host)) == host
        except ValueError:
            return False
    return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in labels)
