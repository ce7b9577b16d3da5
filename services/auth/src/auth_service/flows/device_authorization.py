"""A device asks for codes: the device authorization endpoint (RFC 8628 section 3.1)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from auth_service.flows.client_authentication import ClientAuthentication
from auth_service.ports import Attempts, DeviceGrants, Resources
from auth_service.protocol.call import Call
from auth_service.protocol.device_grant import (
    ALPHABET,
    INTERVAL,
    LIFETIME,
    PER_CLIENT,
    USER_CODE_LENGTH,
    DeviceRequest,
    read_device_request,
    write_user_code,
)
from auth_service.protocol.throttle import Throttle
from valetkey.clock import Clock
from valetkey.errors import SlowDown
from valetkey.opaque import new_handle


def new_user_code() -> str:
    """A code that nobody guesses, in canonical form (RFC 8628 section 6.1)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(USER_CODE_LENGTH))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAuthorization:
    """
    Gives a device its two codes.

    Attributes:
        starts: how many devices may begin, per address.

    """

    issuer: str
    clients: ClientAuthentication
    resources: Resources
    devices: DeviceGrants
    attempts: Attempts
    starts: Throttle
    clock: Clock

    async def begin(
        self, parameters: Mapping[str, str], call: Call, *, user_agent: str
    ) -> dict[str, object]:
        """
        The device authorization response (section 3.2).

        Raises:
            InvalidClient: the client did not prove who it is.
            SlowDown: too many devices of this app, or at this address.
            OAuthError: see `read_device_request`.

        """
        client = await self.clients.authenticate(parameters, call)
        request = read_device_request(
            parameters,
            client,
            await self.resources.catalogue(),
            ip=call.ip,
            user_agent=user_agent,
            now=self.clock.now(),
        )
        await self._count(client.client_id, call.ip)
        device_code = new_handle()
        shown = write_user_code(await self._give(device_code, request))
        verification_uri = f"{self.issuer}/device"
        return {
            "device_code": device_code,
            "user_code": shown,
            "verification_uri": verification_uri,
            "verification_uri_complete": f"{verification_uri}?user_code={shown}",
            "expires_in": int(LIFETIME.total_seconds()),
            "interval": INTERVAL,
        }

    async def _count(self, client_id: str, ip: str) -> None:
        """Devices that wait take room: each address and each app may begin so many."""
        for key, throttle in (
            (f"device:{ip}", self.starts),
            (f"device-of:{client_id}", PER_CLIENT),
        ):
            wait = await self.attempts.reserve(key, throttle)
            if wait:
                raise SlowDown(retry_after=wait, detail="too many devices begun")

    async def _give(self, device_code: str, request: DeviceRequest) -> str:
        """A user_code that no other device has at the moment."""
        while True:
            user_code = new_user_code()
            if await self.devices.put(device_code, user_code, request):
                return user_code
