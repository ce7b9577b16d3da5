"""What a route asks of an access token, and whether a token has it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from valetkey.access_token import AccessToken
from valetkey.errors import InsufficientScope, InsufficientUserAuthentication

#: Whether an authorization detail of a token allows a request with these parameters in
#: its path (RFC 9396 section 9.1).
Allows = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]

#: How far the clocks of two machines may be apart.
LEEWAY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """
    What a token must say for one route.

    Attributes:
        scopes: all of them are needed.
        person: a person must be behind it, not the application alone.
        acr_values: one of them must be its `acr` (RFC 9470 section 3).
        max_age: seconds since the person proved who they are, at most.
        or_detail: whether an authorization detail stands in for the scopes.
        live: the issuer must say that the token was not revoked.

    """

    scopes: tuple[str, ...] = ()
    person: bool = False
    acr_values: tuple[str, ...] = ()
    max_age: int | None = None
    or_detail: Allows | None = None
    live: bool = False

    def check(
        self, token: AccessToken, path: Mapping[str, Any], *, now: datetime
    ) -> None:
        """
        Refuse a token that does not reach this far.

        Authentication comes before scopes: its challenge names them too, so that the
        person is sent to the authorization server once and not twice.

        Args:
            token: a verified one.
            path: the parameters in the request's path.
            now: what time it is.

        Raises:
            InsufficientScope: a scope is missing, or nobody is behind it.
            InsufficientUserAuthentication: the person must sign in again, or better.

        """
        if self.person and token.is_clients_own:
            raise _insufficient("the token speaks for no person")
        if self.acr_values and token.acr not in self.acr_values:
            raise _unproven("another way to sign in is needed")
        if self.max_age is not None and not self._is_recent(token, now):
            raise _unproven("the person must sign in again")
        if not token.scopes.issuperset(self.scopes) and not self._allows(token, path):
            raise _insufficient("a scope is missing")

    def _allows(self, token: AccessToken, path: Mapping[str, Any]) -> bool:
        allows = self.or_detail
        if allows is None:
            return False
        return any(allows(detail, path) for detail in token.authorization_details)

    def _is_recent(self, token: AccessToken, now: datetime) -> bool:
        if token.auth_time is None:
            return False
        return now - token.auth_time <= timedelta(seconds=self.max_age or 0) + LEEWAY


#: A token that is valid will do.
ANY = Requirement()


def _insufficient(reason: str) -> InsufficientScope:
    return InsufficientScope(reason, detail=reason)


def _unproven(reason: str) -> InsufficientUserAuthentication:
    return InsufficientUserAuthentication(reason, detail=reason)
