"""RefreshGrant: rotation, grace, narrowing (RFC 6749 section 6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from auth_service.protocol.authorization_details import Details, narrow_details
from auth_service.protocol.client import Client
from auth_service.protocol.scopes import choose, read_scopes
from valetkey.errors import InvalidGrant, InvalidScope

#: The parent of the current token may be presented again for this long …
GRACE = timedelta(seconds=10)
#: … and this often, by a client that lost our answer.
MAX_GRACE_USES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """
    A family: all that came of one authorisation.

    Attributes:
        grant_id: its name, in every token of it.
        sid: the browser session it came from; None for the password grant.
        offline: whether it outlives that session (offline_access).
        claims: what the claims parameter asked for (OIDC Core section 5.5).
        authorization_details: what was allowed in detail (RFC 9396).
        confirmation: the key that its refresh tokens are bound to, as `cnf` says it:
            of a public client, which has no other proof (RFC 9449 section 5).

    """

    grant_id: str
    client_id: str
    subject: str
    scopes: frozenset[str]
    resources: tuple[str, ...]
    sid: str | None
    auth_time: datetime
    amr: tuple[str, ...]
    offline: bool
    claims: Mapping[str, Any] | None = None
    authorization_details: tuple[Mapping[str, Any], ...] = ()
    confirmation: Mapping[str, str] | None = None


class Standing(Enum):
    """What a presented refresh token is worth."""

    CURRENT = "never used: rotate it"
    IN_GRACE = "used a moment ago: repeat the answer"
    REUSED = "used before: somebody has a copy"
    DEAD = "expired or revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshGrant:
    """
    A refresh token as the store knows it (RFC 9700 sections 2.2.2 and 4.14.2).

    Attributes:
        live: family, person, app and consent are all in force, by the store's clock.
        expired: past its idle or absolute lifetime, by the store's clock.
        rotated_for: how long ago it was exchanged; None if never.
        superseded: whether its successor was exchanged in turn.
        authorization_left: how long the family may still live, used or not.

    """

    grant: Grant
    live: bool
    expired: bool
    rotated_for: timedelta | None
    grace_uses: int
    superseded: bool
    authorization_left: timedelta

    @property
    def standing(self) -> Standing:
        """
        Deliberate revocation and expiry beat grace, and grace is for the parent only.

        A token that is both dead and reused counts as dead: there is nothing left
        to revoke.
        """
        if not self.live:
            return Standing.DEAD
        if self.rotated_for is not None:
            forgiven = (
                not self.superseded
                and self.rotated_for <= GRACE
                and self.grace_uses < MAX_GRACE_USES
            )
            return Standing.IN_GRACE if forgiven else Standing.REUSED
        return Standing.DEAD if self.expired else Standing.CURRENT


def check_refresh(refresh: RefreshGrant, client: Client) -> None:
    """
    The token is this client's (RFC 6749 sections 6, 10.4, OIDC Core section 12.1).

    A stranger revokes nothing.

    Raises:
        InvalidGrant: it was issued to another client.

    """
    if refresh.grant.client_id != client.client_id:
        raise InvalidGrant(detail="refresh token was issued to another client")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """
    Of what was granted, what one access token is to be for.

    Attributes:
        audience: one of the resources (RFC 8707 section 2.2); None for our userinfo.
        details: of those that were granted (RFC 9396 section 6).

    """

    scopes: frozenset[str]
    audience: str | None
    details: Details


def narrow(grant: Grant, client: Client, parameters: Mapping[str, str]) -> Wanted:
    """
    What a token request wants; the family keeps all of its own.

    What the app is not registered for any more is not given to it any more.

    Raises:
        InvalidScope: wider than what was granted (RFC 6749 section 6).
        InvalidTarget: another resource than was granted, or two.
        InvalidAuthorizationDetails: others than were granted.

    """
    granted = grant.scopes & client.scopes
    scopes = read_scopes(parameters.get("scope")) or granted
    if not scopes <= granted:
        raise InvalidScope("scope is wider than what was granted")
    details = parameters.get("authorization_details")
    return Wanted(
        scopes=scopes,
        audience=choose(grant.resources, parameters.get("resource")),
        details=narrow_details(grant.authorization_details, details),
    )
