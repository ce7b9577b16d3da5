"""May this browser be signed out, and sent where (RP-Initiated Logout section 2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from auth_service.protocol.client import Client
from valetkey.errors import InvalidRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterLogout:
    """
    Where an app wants the browser after logout; registered, to the letter.

    Only `match_after_logout()` makes one.
    """

    post_logout_redirect_uri: str
    state: str | None

    @property
    def url(self) -> str:
        """The redirect, with the state that was sent (section 3)."""
        if self.state is None:
            return self.post_logout_redirect_uri
        separator = "&" if "?" in self.post_logout_redirect_uri else "?"
        query = urlencode({"state": self.state})
        return f"{self.post_logout_redirect_uri}{separator}{query}"


def match_after_logout(
    parameters: Mapping[str, str], client: Client | None
) -> AfterLogout | None:
    """
    Find the registered address that the request names; None where it names none.

    Without an app that could have registered it, it is left out of account: the
    person is signed out and stays here (section 3).

    Raises:
        InvalidRequest: the app has not registered it; show it, never redirect.

    """
    uri = parameters.get("post_logout_redirect_uri")
    if uri is None or client is None:
        return None
    if uri not in client.post_logout_redirect_uris:
        raise InvalidRequest("post_logout_redirect_uri is not registered for this app")
    return AfterLogout(post_logout_redirect_uri=uri, state=parameters.get("state"))
