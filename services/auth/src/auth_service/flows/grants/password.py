"""grant_type=password, for first-party apps that opted in (RFC 6749 s. 4.3, 4.3.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from auth_service.flows.check_password import CheckPassword, WrongPassword
from auth_service.flows.issue import Answer, Issue
from auth_service.flows.token import Caller
from auth_service.ports import Resources, SecondFactors
from auth_service.protocol.refresh_grant import Grant, narrow
from auth_service.protocol.scopes import read_scopes, target
from valetkey.clock import Clock
from valetkey.errors import (
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    UnauthorizedClient,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Password:
    """The app saw the password: RFC 9700 section 2.4 advises against it, so do we."""

    check_password: CheckPassword
    factors: SecondFactors
    resources: Resources
    issue: Issue
    clock: Clock

    async def exchange(self, parameters: Mapping[str, str], caller: Caller) -> Answer:
        """
        Throttled like the login page, because it is one.

        Raises:
            InvalidGrant: wrong name or password, or a password is not all that this
                person signs in with; the answer does not say which.
            SlowDown: too many wrong ones.
            InvalidClient, UnauthorizedClient: not an app that may do this.

        """
        client = caller.client
        if client.is_public:
            raise InvalidClient(detail="a public client may not see passwords")
        if not client.first_party:
            raise UnauthorizedClient("only a first-party app may see passwords")
        username, password = parameters.get("username"), parameters.get("password")
        if username is None or password is None:
            raise InvalidRequest("username or password is missing")
        scopes = read_scopes(parameters.get("scope")) or client.scopes
        if not scopes <= client.scopes:
            raise InvalidScope("the app is not registered for a scope")
        catalogue = await self.resources.catalogue()
        resource = target(catalogue, scopes, parameters.get("resource"))
        try:
            user = await self.check_password.check(
                username, password, ip=caller.ip, client_id=client.client_id
            )
        except WrongPassword as error:
            raise InvalidGrant(detail=error.detail) from None
        if (await self.factors.of(user.subject)).required:
            raise InvalidGrant(detail="the person has a second factor")
        grant = Grant(
            grant_id=uuid4().hex,
            client_id=client.client_id,
            subject=user.subject,
            scopes=scopes,
            resources=(resource.identifier,) if resource else (),
            sid=None,
            auth_time=self.clock.now(),
            amr=("pwd",),
            offline="offline_access" in scopes,
        )
        wanted = narrow(grant, client, parameters)
        return await self.issue.begin(
            grant, client, wanted, confirmation=caller.confirmation
        )
