"""Security headers on every answer (OWASP Secure Headers)."""

_ALWAYS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}


def security_headers(*, https: bool) -> dict[str, str]:
    """What an answer says that does not say it itself; `https` adds HSTS (RFC 6797)."""
    hsts = {"strict-transport-security": "max-age=63072000; includeSubDomains"}
    return _ALWAYS | hsts if https else _ALWAYS
