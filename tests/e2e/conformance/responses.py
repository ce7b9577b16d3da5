"""What a relying party reads out of each kind of answer, if the answer is right."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.e2e.browser import Page


def queried(url: str, redirect_uri: str) -> dict[str, str]:
    """The parameters that a redirect_uri was given in its query, each once."""
    address = urlsplit(url)
    assert not address.fragment
    registered = urlsplit(redirect_uri)
    assert (address.scheme, address.netloc, address.path) == (
        registered.scheme,
        registered.netloc,
        registered.path,
    ), url
    pairs = parse_qsl(address.query, strict_parsing=True, keep_blank_values=True)
    assert len(dict(pairs)) == len(pairs), pairs
    return dict(pairs)


def posted(page: Page, redirect_uri: str) -> dict[str, str]:
    """The parameters that a page posts to a redirect_uri (Form Post, section 2)."""
    assert page.response.status_code == 200, (page.url, page.response.text)
    (form,) = page.forms
    assert (form.action, form.method.lower()) == (redirect_uri, "post")
    assert not {"code", "error"} & page.query.keys()
    return form.fields


def good_tokens(response: httpx.Response) -> dict[str, Any]:
    """A successful token response (RFC 6749 section 5.1)."""
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    tokens: dict[str, Any] = response.json()
    assert tokens["access_token"]
    assert tokens["token_type"] in {"Bearer", "DPoP"}
    assert isinstance(tokens["expires_in"], int)
    assert tokens["expires_in"] > 0
    return tokens


def half_hash(value: str) -> str:
    """`at_hash` for the algorithms with SHA-256 (OIDC Core section 3.1.3.6)."""
    left = hashlib.sha256(value.encode()).digest()[:16]
    return base64.urlsafe_b64encode(left).decode().rstrip("=")
