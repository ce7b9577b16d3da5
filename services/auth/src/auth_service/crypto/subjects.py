"""What each app calls a person: pairwise identifiers (OIDC Core section 8.1)."""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from auth_service.crypto.seal import derive
from auth_service.protocol.client import Client
from auth_service.protocol.sector import sector


class Subjects:
    """
    The port `Subjects`.

    A keyed hash: the same for ever, without a table; and whoever lacks our secret
    can neither get from one app's name to another's nor back to the person.
    """

    def __init__(self, secret: str) -> None:
        self._key = derive(secret, b"valetkey pairwise subjects")

    def of(self, subject: str, client: Client) -> str:
        """The `sub` of this person in everything that this app gets."""
        if client.subject_type != "pairwise":
            return subject
        # No host and no client_id contains NUL: one text for each pair.
        named = f"{sector(client)}\0{subject}".encode()
        digest = hmac.digest(self._key, named, sha256)
        return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
