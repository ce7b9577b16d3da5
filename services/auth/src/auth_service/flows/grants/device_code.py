"""grant_type=device_code: find, check, claim, issue (RFC 8628 section 3.4)."""

from collections.abc import Mapping
from dataclasses import dataclass

from auth_service.flows.issue import Answer, Issue
from auth_service.flows.token import Caller
from auth_service.ports import DeviceGrants
from auth_service.protocol.device_grant import Approval, DeviceRequest, check_device
from auth_service.protocol.refresh_grant import Grant, narrow
from valetkey.clock import Clock
from valetkey.errors import (
    AuthorizationPending,
    InvalidGrant,
    InvalidRequest,
    PollSlower,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCode:
    """A device asks again and again, until its person has answered."""

    devices: DeviceGrants
    issue: Issue
    clock: Clock

    async def exchange(self, parameters: Mapping[str, str], caller: Caller) -> Answer:
        """
        Once there is a yes, one caller gets its tokens.

        Raises:
            AuthorizationPending, PollSlower: nobody has answered yet.
            AccessDenied, ExpiredToken: it is over (section 3.5).
            InvalidGrant: an unknown or spent code, or another client's.
            InvalidRequest: there is no code.

        """
        code = parameters.get("device_code")
        if code is None:
            raise InvalidRequest("device_code is missing")
        device = await self.devices.find(code)
        if device is None:
            raise InvalidGrant(detail="device_code is not known")
        check_device(device, caller.client, self.clock.now())
        if device.approval is None:
            if await self.devices.count_poll(code):
                raise PollSlower("wait for five seconds more from now on")
            raise AuthorizationPending("nobody has answered yet")
        request = device.request
        family = _family(request, device.approval, caller)
        wanted = narrow(family, caller.client, parameters)
        if not await self.devices.claim(code):
            raise InvalidGrant(detail="device_code was used at the same moment")
        return await self.issue.begin(
            family,
            caller.client,
            wanted,
            code=code,
            authorized_at=device.approval.authorized_at,
            confirmation=caller.confirmation,
        )


def _family(request: DeviceRequest, approval: Approval, caller: Caller) -> Grant:
    """It ends with the browser session that allowed it, unless it is offline."""
    return Grant(
        grant_id=approval.grant_id,
        client_id=request.client_id,
        subject=approval.subject,
        scopes=request.scopes,
        resources=request.resources,
        sid=approval.sid,
        auth_time=approval.auth_time,
        amr=approval.amr,
        offline="offline_access" in request.scopes,
        authorization_details=request.authorization_details,
        confirmation=caller.confirmation if caller.client.is_public else None,
    )
