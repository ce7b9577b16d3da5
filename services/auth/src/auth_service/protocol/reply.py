"""ReplyAddress: the only way to answer a client (RFC 6749 s. 4.1.2, 9207, JARM)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from auth_service.protocol.client import Client
from auth_service.protocol.response_mode import DEFAULT, read_response_mode
from valetkey.errors import InvalidRequest, OAuthError

#: RFC 8252 sections 7.3 and 8.3: the loopback addresses whose port may vary, which
#: `localhost` is none of.
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\])(?::([1-9][0-9]{0,4}))?(/.*)?")
#: How long a signed answer may be on its way (JARM section 2.1).
JARM_LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyAddress:
    """
    A redirect_uri that belongs to the client, with the state to send back.

    Only `match_reply_address()` makes one. Code that holds none cannot
    redirect: that is how an unknown client or an unregistered redirect_uri
    ends on our own error page (RFC 6749 section 4.1.2.1).

    Attributes:
        response_mode: `query` or `form_post`, or either with `.jwt`.
        client_id: whom a signed answer is for (JARM section 2.1).
        alg: what it is signed with, as registered (JARM section 3).

    """

    redirect_uri: str
    state: str | None
    issuer: str
    client_id: str
    response_mode: str = DEFAULT
    alg: str = "RS256"

    def grants(self, code: str) -> "Reply":
        """The answer that delivers a code (RFC 6749 section 4.1.2)."""
        return self._reply({"code": code})

    def refuses(self, error: OAuthError) -> "Reply":
        """The answer that delivers a refusal (RFC 6749 section 4.1.2.1)."""
        return replace(self._reply(error.parameters()), refusal=error)

    @property
    def is_signed(self) -> bool:
        """Whether the answer is a JWT (JARM section 2.3)."""
        return self.response_mode.endswith(".jwt")

    @property
    def is_posted(self) -> bool:
        """Whether the browser posts the answer (Form Post Response Mode section 2)."""
        return self.response_mode.startswith("form_post")

    @property
    def origin(self) -> str:
        """What a Content-Security-Policy calls this place: an origin or a scheme."""
        parts = urlsplit(self.redirect_uri)
        if parts.scheme in {"http", "https"}:
            return f"{parts.scheme}://{parts.netloc}"
        return f"{parts.scheme}:"

    @property
    def host(self) -> str:
        """Where the person will be sent, as the consent page names it."""
        parts = urlsplit(self.redirect_uri)
        return parts.netloc or f"{parts.scheme}:"

    def _reply(self, answer: dict[str, str]) -> "Reply":
        if self.state is not None:
            answer["state"] = self.state
        answer["iss"] = self.issuer  # RFC 9207 section 2; JARM section 2.1
        return Reply(self, answer)


@dataclass(frozen=True, slots=True)
class Reply:
    """
    An answer on its way to the client: response parameters and where they go.

    Attributes:
        refusal: what it tells, where it is not a code.

    """

    to: ReplyAddress
    parameters: Mapping[str, str]
    refusal: OAuthError | None = None

    @property
    def url(self) -> str:
        """
        The redirect with the parameters in its query (OIDC Core section 3.1.2.5).

        Its own query stays (RFC 6749 section 3.1.2); each value is encoded, whatever
        it is (section 10.14).
        """
        uri = self.to.redirect_uri
        return f"{uri}{'&' if '?' in uri else '?'}{urlencode(self.parameters)}"

    def claims(self, now: datetime) -> dict[str, object]:
        """What a signed answer says: the parameters, and for whom (JARM s. 2.1)."""
        expires = int((now + JARM_LIFETIME).timestamp())
        return {**self.parameters, "aud": self.to.client_id, "exp": expires}

    def signed(self, response: str) -> "Reply":
        """The same answer as a JWT, and nothing besides (JARM section 2.3.1)."""
        return replace(self, parameters={"response": response})


def match_reply_address(
    parameters: Mapping[str, str], client: Client, *, issuer: str
) -> ReplyAddress:
    """
    Find the registered redirect_uri that the request names (RFC 6749 s. 3.1.2.3).

    Strings are compared, never parsed URLs: two parsers disagree about where a
    strange URL leads (RFC 9700 sections 2.1 and 4.1.3). A request must name its
    redirect_uri even where only one is registered (OAuth 2.1 section 4.1.1). No other
    address is ever redirected to (OIDC Core section 3.1.2.6).

    Raises:
        InvalidRequest: it is missing or not registered; show it, never redirect.

    """
    redirect_uri = parameters.get("redirect_uri")
    if redirect_uri is None:
        raise InvalidRequest("redirect_uri is missing")
    if not any(_same(redirect_uri, known, client) for known in client.redirect_uris):
        raise InvalidRequest("redirect_uri is not registered for this app")
    return ReplyAddress(
        redirect_uri=redirect_uri,
        state=parameters.get("state"),
        issuer=issuer,
        client_id=client.client_id,
        # Whoever asks for a mode that cannot be had is told so by the default one.
        response_mode=read_response_mode(parameters, redirect_uri) or DEFAULT,
        alg=client.authorization_signed_response_alg,
    )


def _same(given: str, known: str, client: Client) -> bool:
    if given == known:
        return True
    # RFC 8252 sections 7.3, 8.4: a native app listens on whatever port is free.
    if client.application_type != "native":
        return False
    ours, theirs = _LOOPBACK.fullmatch(known), _LOOPBACK.fullmatch(given)
    return (
        ours is not None
        and theirs is not None
        and int(theirs[2] or 80) < 65536
        and (ours[1], ours[3]) == (theirs[1], theirs[3])
    )
