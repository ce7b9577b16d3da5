"""
What an issuer says about itself, believed only as far as it must be.

    OpenID Connect Discovery section 4, RFC 8414 section 3

A document that names another issuer, or sends us to another origin, is refused: who
can change one answer must not be able to change where keys come from or where
authorization codes go.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from valetkey.fetch import NotFound, Unfetchable, fetch_json, origin
from valetkey.http import Transport


class UnusableMetadata(Unfetchable):
    """The issuer's document is not one that may be followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackChannel:
    """
    The other road to the issuer, for calls from server to server.

    A container often cannot reach the issuer by the name that browsers use. Only
    scheme and host of our own calls change; what tokens must say does not.

    Attributes:
        issuer: the public issuer, as in `iss`.
        base_url: where its scheme and host are really found; None: where it says.

    """

    issuer: str
    base_url: str | None = None

    def url(self, public: str) -> str:
        """The address to call in place of a public one on the issuer's origin."""
        here = origin(self.issuer)
        if self.base_url is None or origin(public) != here:
            return public
        return self.base_url.rstrip("/") + public.removeprefix(here)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerMetadata:
    """
    A checked metadata document. Only `discover()` and `read_metadata()` make one.

    Attributes:
        issuer: exactly the one that was asked for.
        document: everything it says; endpoints were checked.

    """

    issuer: str
    document: Mapping[str, Any]
    back_channel: BackChannel

    def endpoint(self, name: str) -> str | None:
        """A URL to send a browser to, such as `authorization_endpoint`."""
        found = self.document.get(name)
        return found if isinstance(found, str) else None

    def back_channel_endpoint(self, name: str) -> str | None:
        """A URL to call ourselves, such as `token_endpoint` or `jwks_uri`."""
        public = self.endpoint(name)
        return None if public is None else self.back_channel.url(public)


async def discover(
    issuer: str,
    *,
    backchannel_base_url: str | None = None,
    trusted_origins: Collection[str] = (),
    transport: Transport | None = None,
) -> ServerMetadata:
    """
    Ask the issuer for its metadata: as OpenID provider, else as OAuth 2 server.

    Args:
        issuer: its identifier, https, or http on loopback.
        backchannel_base_url: scheme and host in place of the issuer's, for our calls.
        trusted_origins: other origins that its endpoints may be on.
        transport: another way to the network, for tests.

    Raises:
        Unfetchable: the document could not be had.
        UnusableMetadata: it names another issuer or untrusted endpoints.

    """
    back_channel = BackChannel(issuer=issuer, base_url=backchannel_base_url)
    for place in _well_known(issuer):
        try:
            found = await fetch_json(back_channel.url(place), transport=transport)
        except NotFound:
            continue
        return read_metadata(found.members, back_channel, trusted_origins)
    raise Unfetchable("the issuer has no metadata document")


def read_metadata(
    document: Mapping[str, Any],
    back_channel: BackChannel,
    trusted_origins: Collection[str] = (),
) -> ServerMetadata:
    """
    Check a metadata document (RFC 8414 sections 3.3 and 6.2, OpenID Connect
    Discovery section 4.3).

    Raises:
        UnusableMetadata: `issuer` differs in one letter, or an endpoint is not on
            the issuer's origin or a trusted one.

    """
    issuer = back_channel.issuer
    # Code point by code point (OpenID Connect Discovery sections 5 and 7.2, OpenID
    # Connect Core section 16.15, RFC 8414 section 4).
    if document.get("issuer") != issuer:
        raise UnusableMetadata("the document is another issuer's")
    allowed = {origin(issuer), *trusted_origins}
    for name, value in document.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            _check_endpoint(name, value, allowed)
    return ServerMetadata(
        issuer=issuer, document=dict(document), back_channel=back_channel
    )


def _check_endpoint(name: str, value: object, allowed: Collection[str]) -> None:
    try:
        fits = isinstance(value, str) and origin(value) in allowed
    except ValueError:
        fits = False
    if not fits:
        raise UnusableMetadata(f"{name[:60]} is not on an origin that is trusted")


def _well_known(issuer: str) -> tuple[str, str]:
    """Appended for OpenID Connect, inserted for RFC 8414 (its section 3.1)."""
    # An issuer may end with a slash (OpenID Connect Discovery section 4.1).
    path = urlsplit(issuer).path.rstrip("/")
    inserted = f"/.well-known/oauth-authorization-server{path}"
    configuration = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    return configuration, origin(issuer) + inserted
