"""
A client whose name is the address of its metadata.

draft-ietf-oauth-client-id-metadata-document, -00 and -02: who controls the address
is the client, and nobody registers anything.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from auth_service.protocol.client import Client
from auth_service.protocol.registered_members import Offer
from auth_service.protocol.registration import read_registration
from auth_service.protocol.scopes import Catalogue
from valetkey.errors import InvalidClientMetadata

#: The longest document that is read, in bytes (section 8.7).
MAX_DOCUMENT = 5 * 1024
#: How such a client may authenticate: everybody reads the document, so it holds no
#: secret (section 4.1).
AUTH_METHODS = ("none", "private_key_jwt")
_SCHEMES = frozenset({"https", "http"})
_SECRETS = frozenset({"client_secret", "client_secret_expires_at"})


def is_document(client_id: str, *, loopback: bool) -> bool:
    """
    Whether a client_id is meant as the address of a document.

    Args:
        loopback: whether http will do as well, as in development.

    """
    return client_id.startswith("https://") or (
        loopback and client_id.startswith("http://")
    )


def address(client_id: str) -> str | None:
    """
    The host whose document a client is, for people to judge; None for other clients.

    The name in the document is whatever somebody wrote there.
    """
    scheme, separator, rest = client_id.partition("://")
    return rest.partition("/")[0] if separator and scheme in _SCHEMES else None


def read_document(
    document: object, client_id: str, catalogue: Catalogue, offer: Offer
) -> Client:
    """
    The client that a document describes.

    `sector_identifier_uri` is left out: a document cannot make a client share its
    names for people with others.

    Raises:
        InvalidClientMetadata: it is not this client's document (compared as a string,
            section 4), holds a secret (section 4.1), or a member cannot be taken.
        InvalidRedirectUri: so can a redirect URI; or there is none (section 4.2).

    """
    if not isinstance(document, Mapping) or document.get("client_id") != client_id:
        raise InvalidClientMetadata("the document's client_id is not its own address")
    if not _SECRETS.isdisjoint(document):
        raise InvalidClientMetadata("the document must not hold a client_secret")
    blank = Client(
        client_id=client_id,
        client_name=address(client_id) or client_id,
        token_endpoint_auth_method="none",
        grant_types=frozenset(),
        scopes=frozenset(),
        self_registered=True,
    )
    methods = tuple(m for m in AUTH_METHODS if m in offer.auth_methods)
    own = replace(
        offer,
        auth_methods=methods,
        grant_types=offer.grant_types - {"client_credentials"},
    )
    members: Mapping[str, Any] = document
    client = read_registration(members, blank, catalogue, own)
    return replace(client, sector_identifier_uri=None)
