"""A person answers a device: look the code up, ask, allow or deny (RFC 8628 s. 3.3)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

from auth_service.flows.testing import InTesting
from auth_service.ports import (
    Attempts,
    Audit,
    Clients,
    Consents,
    DeviceGrants,
    Resources,
)
from auth_service.protocol.client import Client
from auth_service.protocol.device_grant import WRONG_CODES, Approval, DeviceRequest
from auth_service.protocol.scopes import Resource, Scope
from auth_service.protocol.session import Session
from valetkey.errors import InvalidRequest, SlowDown


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceQuestion:
    """All that the page says before a person answers."""

    user_code: str
    request: DeviceRequest
    client: Client
    scopes: tuple[Scope, ...]
    resources: tuple[Resource, ...]


class UnknownCode(InvalidRequest):
    """No device waits for this code, or for somebody else: one answer for both."""

    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDevice:
    """A person says yes or no to a device that shows them a code."""

    devices: DeviceGrants
    clients: Clients
    consents: Consents
    resources: Resources
    in_testing: InTesting
    attempts: Attempts
    audit: Audit

    async def ask(self, user_code: str, session: Session, *, ip: str) -> DeviceQuestion:
        """
        What a device asks; from here on the answer is this person's to give.

        Args:
            user_code: in canonical form.

        Raises:
            UnknownCode: no device has it, or somebody else has opened it.
            NotATester: the app is not for everybody yet.
            SlowDown: too many of those.

        """
        request = await self._look(self.devices.open, user_code, session, ip)
        client = await self.clients.find(request.client_id)
        if client is None:
            raise UnknownCode("the app is not known here any more")
        await self.in_testing.check(client.client_id, session.subject)
        catalogue = await self.resources.catalogue()
        return DeviceQuestion(
            user_code=user_code,
            request=request,
            client=client,
            scopes=(
                *catalogue.describe(request.scopes),
                *catalogue.describe_details(request.authorization_details),
            ),
            resources=tuple(
                r for r in catalogue.resources if r.identifier in request.resources
            ),
        )

    async def allow(self, user_code: str, session: Session, *, ip: str) -> None:
        """
        Yes, to what the device asked; a form cannot widen it.

        It is remembered like any consent, so that taking that back ends this too.

        Raises:
            UnknownCode, NotATester, SlowDown: see `ask`; or this person was not asked.

        """
        request = await self._look(self.devices.find_opened, user_code, session, ip)
        await self.in_testing.check(request.client_id, session.subject)
        catalogue = await self.resources.catalogue()
        subject, client_id = session.subject, request.client_id
        await self.consents.put(
            subject,
            client_id,
            {
                resource: catalogue.at(request.scopes, resource)
                for resource in request.resources or (None,)
            },
        )
        granted = await self.consents.granted(subject, client_id, request.resources)
        if granted is None:
            raise UnknownCode("the account is not known here any more")
        approval = Approval(
            grant_id=uuid4().hex,
            subject=subject,
            sid=session.sid,
            auth_time=session.auth_time,
            amr=session.amr,
            authorized_at=granted.at,
        )
        await self._answer(user_code, session, approval)
        await self._record("device.allowed", request, session, ip)

    async def deny(self, user_code: str, session: Session, *, ip: str) -> None:
        """
        No.

        Raises:
            UnknownCode, SlowDown: see `allow`.

        """
        request = await self._look(self.devices.find_opened, user_code, session, ip)
        await self._answer(user_code, session, None)
        await self._record("device.denied", request, session, ip)

    async def _look(
        self,
        find: Callable[[str, str], Awaitable[DeviceRequest | None]],
        user_code: str,
        session: Session,
        ip: str,
    ) -> DeviceRequest:
        """Counted before it is looked up, so that nobody can guess (section 5.1)."""
        # By person and not by session: anybody can open more of those.
        keys = (f"user-code:{ip}", f"user-code:{session.subject}")
        for key in keys:
            wait = await self.attempts.reserve(key, WRONG_CODES)
            if wait:
                raise SlowDown(retry_after=wait, detail="too many wrong user codes")
        request = await find(user_code, session.subject)
        if request is None:
            raise UnknownCode("no device waits for this code")
        for key in keys:
            await self.attempts.give_back(key)
        return request

    async def _answer(
        self, user_code: str, session: Session, approval: Approval | None
    ) -> None:
        if not await self.devices.answer(user_code, session.subject, approval):
            raise UnknownCode("no device waits for this code")

    async def _record(
        self, event: str, request: DeviceRequest, session: Session, ip: str
    ) -> None:
        await self.audit.record(
            event,
            subject=session.subject,
            client_id=request.client_id,
            ip=ip,
            device_ip=request.ip,
        )
