"""What every answer must be, whatever was sent (attacks, section 0)."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.builders.auth import ISSUER

#: RFC 6749 section 5.2: the characters of `error` and `error_description`.
_TELLABLE = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")
#: What only our insides look like.
_INSIDES = re.compile(
    r"Traceback|psycopg|sqlalchemy|SELECT |site-packages|\.py\b", re.IGNORECASE
)
_FLOW = ("/oauth/authorize", "/login", "/register", "/select-account", "/consent")


def has_headers(answer: httpx.Response) -> None:
    """The header set of every answer (defaults, "HTML headers" and "HSTS")."""
    headers = answer.headers
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    # An app may run the flow in a popup and hears of its end by `window.opener`.
    popup = urlsplit(str(answer.url)).path.startswith(_FLOW)
    opener = "unsafe-none" if popup else "same-origin"
    assert headers["cross-origin-opener-policy"] == opener
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["strict-transport-security"].startswith("max-age=63072000")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert not [name for name in headers if name.startswith("access-control-")]


def shown(answer: httpx.Response, status: int = 400) -> None:
    """PAGE400: a page of our own, and no way from it to anywhere the caller said."""
    assert answer.status_code == status, (answer.headers, answer.text)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "location" not in answer.headers
    assert not _INSIDES.search(answer.text)
    has_headers(answer)


def sent_back(
    answer: httpx.Response,
    error: str,
    *,
    state: str | None = "the-state",
    to: str = "https://app.example/cb",
) -> None:
    """RDR: an error to the registered redirect_uri, with state and iss, no code."""
    assert answer.status_code == 303, (answer.status_code, answer.text)
    address, _, query = answer.headers["location"].partition("?")
    assert address == to
    told = parse_qs(query, strict_parsing=True, keep_blank_values=True)
    assert told.pop("error") == [error]
    assert told.pop("iss") == [ISSUER]
    assert told.pop("state", [None]) == [state]
    description = told.pop("error_description", [""])[0]
    assert _TELLABLE.fullmatch(description)
    assert not told
    has_headers(answer)


def goes_to(answer: httpx.Response, path: str) -> None:
    """On to a page of ours."""
    assert answer.status_code == 303, (answer.status_code, answer.text)
    assert urlsplit(answer.headers["location"]).path == path
    assert not urlsplit(answer.headers["location"]).netloc
    has_headers(answer)


def has_code(answer: httpx.Response) -> bool:
    """Whether the app is given a code."""
    return "code" in parse_qs(urlsplit(answer.headers.get("location", "")).query)
