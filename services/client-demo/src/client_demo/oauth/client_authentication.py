"""How this client proves who it is at the token endpoint (RFC 6749 section 2.3.1)."""

from base64 import b64encode
from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import quote_plus

from client_demo.errors import ProviderUnavailable

#: What a provider accepts when it does not say (RFC 8414 section 2).
UNSAID = ("client_secret_basic",)


@dataclass(frozen=True, slots=True)
class Credentials:
    """How a client is known to the provider, and its secret."""

    client_id: str
    client_secret: str = field(repr=False)


def prove(
    client: Credentials, *, methods: Collection[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """
    The headers and the form fields that carry the proof.

    Raises:
        ProviderUnavailable: the provider accepts neither method that we know.

    """
    if "client_secret_basic" in methods:
        # Both halves are form-encoded first, so that a colon stays a separator.
        pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
        return {"authorization": f"Basic {b64encode(pair.encode()).decode()}"}, {}
    if "client_secret_post" in methods:
        fields = {"client_id": client.client_id, "client_secret": client.client_secret}
        return {}, fields
    raise ProviderUnavailable("the provider accepts no client secret")
