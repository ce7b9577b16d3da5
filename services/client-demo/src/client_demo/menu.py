"""The flows that can be shown here, and which of them the provider offers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from client_demo.grants import DEVICE_CODE
from client_demo.oauth.token_exchange import GRANT_TYPE as TOKEN_EXCHANGE

#: What a provider offers that does not say (RFC 8414 section 2).
_UNSAID = ("authorization_code", "implicit")


@dataclass(frozen=True, slots=True)
class Here:
    """
    What the menu is for.

    Attributes:
        document: the provider's metadata; None while it cannot be had.
        signed_in: whether somebody is.
        has_api: whether there is an API to call.
        has_service: whether a client of its own is set up for services.

    """

    document: Mapping[str, Any] | None
    signed_in: bool
    has_api: bool
    has_service: bool

    def lists(self, member: str, value: str) -> bool:
        """Whether a member of the metadata has a value."""
        listed = (self.document or {}).get(member)
        return isinstance(listed, list) and value in listed

    def grants(self, grant_type: str) -> bool:
        """Whether the token endpoint takes a grant."""
        if "grant_types_supported" not in (self.document or {}):
            return grant_type in _UNSAID
        return self.lists("grant_types_supported", grant_type)

    def has(self, endpoint: str) -> bool:
        """Whether there is an endpoint."""
        return endpoint in (self.document or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """
    A flow in the menu.

    Attributes:
        name: in addresses.
        title, purpose: in words for people.
        specification: where it is written.
        start: the path that starts it.
        by_form: whether starting it sends a form, or opens a page.
        offered: whether the provider's metadata advertises what it needs.
        needs: what is needed here: `session`, `api`, `service`.

    """

    name: str
    title: str
    purpose: str
    specification: str
    start: str
    by_form: bool = False
    offered: Callable[[Here], bool] = lambda _: True
    needs: frozenset[str] = frozenset()

    def missing(self, here: Here) -> str | None:
        """Why it cannot be started here and now, or None."""
        if here.document is None:
            return "The provider cannot be reached"
        if not self.offered(here):
            return "Not offered by this provider"
        if "api" in self.needs and not here.has_api:
            return "No API is set up here: RESOURCE_URL"
        if "service" in self.needs and not here.has_service:
            return "No service is set up here: SERVICE_CLIENT_ID"
        if "session" in self.needs and not here.signed_in:
            return "Sign in first"
        return None


FLOWS = (
    Flow(
        name="code",
        title="Authorization code",
        purpose="Signs a person in: the browser brings a code, this server trades it.",
        specification="RFC 6749, 7636, 9207",
        start="/sign-in?mode=steps",
    ),
    Flow(
        name="par",
        title="Pushed request",
        purpose="Sends the request from server to server: no browser can change it.",
        specification="RFC 9126",
        start="/sign-in?mode=steps&flow=par",
        offered=lambda here: here.has("pushed_authorization_request_endpoint"),
    ),
    Flow(
        name="dpop",
        title="DPoP",
        purpose="Binds the tokens to a key: whoever steals one cannot use it.",
        specification="RFC 9449",
        start="/sign-in?mode=steps&flow=dpop",
        offered=lambda here: here.lists("dpop_signing_alg_values_supported", "ES256"),
    ),
    Flow(
        name="device",
        title="Device",
        purpose="Signs in on a screen without a keyboard, by a code typed elsewhere.",
        specification="RFC 8628",
        start="/flows/device",
        by_form=True,
        offered=lambda here: (
            here.has("device_authorization_endpoint") and here.grants(DEVICE_CODE)
        ),
    ),
    Flow(
        name="client-credentials",
        title="Client credentials",
        purpose="Gives a service a token of its own, with no person behind it.",
        specification="RFC 6749 section 4.4",
        start="/flows/client-credentials",
        by_form=True,
        offered=lambda here: here.grants("client_credentials"),
        needs=frozenset({"service"}),
    ),
    Flow(
        name="refresh",
        title="Refresh",
        purpose="Trades the refresh token for new tokens and the next refresh token.",
        specification="RFC 6749 section 6",
        start="/flows/refresh",
        by_form=True,
        offered=lambda here: here.grants("refresh_token"),
        needs=frozenset({"session"}),
    ),
    Flow(
        name="token-exchange",
        title="Token exchange",
        purpose="Trades your access token for a narrower one, to hand on to others.",
        specification="RFC 8693",
        start="/flows/token-exchange",
        by_form=True,
        offered=lambda here: here.grants(TOKEN_EXCHANGE),
        needs=frozenset({"session"}),
    ),
    Flow(
        name="step-up",
        title="Step-up",
        purpose="Proves again who you are, because the API wants a fresh sign-in.",
        specification="RFC 9470",
        start="/flows/step-up",
        needs=frozenset({"session", "api"}),
    ),
    Flow(
        name="silent-renewal",
        title="Silent renewal",
        purpose="Asks the provider whether it still knows you, without any page.",
        specification="OpenID Connect Core section 3.1.2.1",
        start="/flows/silent-renewal",
        by_form=True,
    ),
    Flow(
        name="logout",
        title="Logout",
        purpose="Signs you out here, at the provider, and wherever it signed you in.",
        specification="OpenID Connect RP-Initiated Logout",
        start="/flows/logout",
        offered=lambda here: here.has("end_session_endpoint"),
        needs=frozenset({"session"}),
    ),
)
