"""What a client may know about an API before it has a token (RFC 9728)."""

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from valetkey.sender import DPoP

#: For clients in browsers too, which may send headers that are none of ours.
METADATA_HEADERS = {
    "cache-control": "public, max-age=3600",
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "*",
    "access-control-allow-methods": "GET",
}


def metadata_place(resource: str) -> tuple[str | None, str | None]:
    """
    The path and the URL of the metadata (RFC 9728 sections 3 and 3.1).

    Both are None where the API's identifier is not an https or http URL.
    """
    parts = urlsplit(resource)
    if parts.scheme not in {"https", "http"} or not parts.netloc:
        return None, None
    path = f"/.well-known/oauth-protected-resource{parts.path.rstrip('/')}"
    return path, f"{parts.scheme}://{parts.netloc}{path}"


def metadata(
    *,
    resource: str,
    issuer: str,
    scopes: Collection[str],
    dpop: DPoP | None,
    client_certificates: bool,
    more: Mapping[str, Any],
) -> dict[str, Any]:
    """
    The members of RFC 9728 section 2.

    `offline_access` is a wish to the authorization server, and no API's scope.
    """
    told: dict[str, Any] = {
        **more,
        "resource": resource,
        "authorization_servers": [issuer],
        "scopes_supported": sorted(set(scopes) - {"offline_access"}),
        "bearer_methods_supported": ["header"],
        "tls_client_certificate_bound_access_tokens": client_certificates,
        "dpop_bound_access_tokens_required": dpop is not None and dpop.required,
    }
    if dpop is not None:
        told["dpop_signing_alg_values_supported"] = list(dpop.algorithms)
    # What has no values is left out (RFC 9728 section 3.2).
    return {name: value for name, value in told.items() if value != []}
