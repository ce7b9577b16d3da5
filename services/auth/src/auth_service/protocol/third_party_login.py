"""A sign-in that begins at this server, not at the app (OIDC Core section 4)."""

from urllib.parse import urlencode

from auth_service.protocol.client import Client


def opening_url(client: Client, *, issuer: str) -> str | None:
    """
    Where a person opens the app, which then sends them here; None if it takes none.

    Who they are is not told: the app learns it as always, from an ID token.
    """
    if client.initiate_login_uri is None:
        return None
    separator = "&" if "?" in client.initiate_login_uri else "?"
    return f"{client.initiate_login_uri}{separator}{urlencode({'iss': issuer})}"
