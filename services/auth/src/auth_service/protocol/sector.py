"""The sector within which apps call a person the same (OIDC Core section 8.1)."""

from urllib.parse import urlsplit

from auth_service.protocol.client import Client

#: Everybody's own computer is nobody's sector.
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def sector(client: Client) -> str:
    """
    The host of sector_identifier_uri, else the one host of the redirect_uris.

    An app that has neither is a sector of its own: apps on loopback addresses or
    private-use schemes must not know people by the same name.
    """
    uris = client.redirect_uris
    if client.sector_identifier_uri is not None:
        uris = (client.sector_identifier_uri,)
    hosts = {urlsplit(uri).hostname for uri in uris}
    host = hosts.pop() if len(hosts) == 1 else None
    if host is None or host in _LOOPBACK:
        return f"client:{client.client_id}"
    return host
