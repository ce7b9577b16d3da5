"""The headers that every answer carries (RFC 9700 sections 4.2.4 and 4.16)."""

import re
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Scope

from valetkey.asgi import Completing, DefaultHeaders, completing

#: What an answer has unless it says otherwise.
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), "
        "usb=()"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
#: For answers over https only (RFC 6797 section 7.2, FAPI 2.0 section 5.2.3); two
#: years.
HSTS = "max-age=63072000; includeSubDomains"
#: Where a flow passes. An app may run it in a popup (Swagger UI does) and hears of
#: its end by `window.opener`, which `same-origin` on any hop would cut for good.
FLOW = ("/oauth/authorize", "/login", "/register", "/select-account", "/consent")

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


def form_action_source(redirect_uri: str) -> str:
    """
    The CSP source expression that lets a form's answer lead to a redirect URI.

    Chromium and Safari hold `form-action` against the redirects after a POST too.
    An origin where CSP has words for it; else the scheme: an app's own scheme has no
    host, and an IPv6 address is not in the grammar (CSP 3 section 2.3.1).

    Args:
        redirect_uri: validated against the registration; its origin alone, or
            `scheme:`, is enough.

    """
    try:
        parts = urlsplit(redirect_uri)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if not _SCHEME.fullmatch(parts.scheme):
        return ""
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        return f"{parts.scheme}:"
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")


def html_headers(
    form_action: str | None = None, *, nonce: str | None = None, scripts: bool = False
) -> dict[str, str]:
    """
    The headers of a page: our own stylesheet and pictures; no script unless told.

    Args:
        form_action: the redirect URI that the page's form may lead to, or None.
        nonce: of the one script that the page has, whose form leads nowhere else
            (OAuth 2.0 Form Post Response Mode section 2).
        scripts: whether the page has scripts, files of ours.

    """
    # `frame-ancestors` against clickjacking: OIDC Core section 3.1.2.3.
    away = form_action_source(form_action or "")
    source = f"'nonce-{nonce}'" if nonce else "'self'" if scripts else None
    script = f"script-src {source}; " if source else ""
    targets = away if nonce else f"'self' {away}".strip()
    policy = (
        f"default-src 'none'; {script}style-src 'self'; img-src 'self'; "
        f"form-action {targets}; base-uri 'none'; frame-ancestors 'none'"
    )
    return {"content-security-policy": policy, "cache-control": "no-store"}


class SecurityHeaders(DefaultHeaders):
    """
    Give every answer the headers that it did not set itself.

    It stands outside everything else, so that a refusal, a 404 and an unforeseen
    error have them too. A picture that other sites may show sets its own
    `Cross-Origin-Resource-Policy`.

    Args:
        https: whether browsers reach this server by https.

    """

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        headers = {**HEADERS, "strict-transport-security": HSTS} if https else HEADERS
        super().__init__(app, headers=headers)
        self.missing_in_flow = completing(
            headers | {"cross-origin-opener-policy": "unsafe-none"}
        )

    def of(self, scope: Scope) -> Completing:
        """In a flow, with what lets it run in a popup."""
        return self.missing_in_flow if scope["path"].startswith(FLOW) else self.missing
