"""DeviceGrant: a device asks, a person answers elsewhere (RFC 8628)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from auth_service.protocol.authorization_details import read_details
from auth_service.protocol.authorization_request import (
    check_authorization_details,
    check_scope,
    requested_scopes,
)
from auth_service.protocol.client import Client
from auth_service.protocol.scopes import Catalogue, targets
from auth_service.protocol.throttle import Throttle, per_minute
from valetkey.errors import (
    AccessDenied,
    ExpiredToken,
    InvalidGrant,
    UnauthorizedClient,
)

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
#: For how long a device_code and its user_code are good.
LIFETIME = timedelta(minutes=10)
#: Seconds between two polls, and what is added when one came too soon (section 3.5).
INTERVAL = 5
#: No vowels, so no words, and nothing that looks like something else (section 6.1).
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
#: Of 20 letters that makes more than 2^34 codes, to be guessed in ten minutes.
USER_CODE_LENGTH = 8
_USER_CODE = re.compile(
    rf"[{ALPHABET}]{{{USER_CODE_LENGTH}}}", re.IGNORECASE | re.ASCII
)
_SEPARATORS = str.maketrans("", "", " -")

#: Codes that nobody was given, per address and per person (section 5.1).
WRONG_CODES = Throttle(free=5, first=timedelta(minutes=1), longest=timedelta(minutes=1))
#: Devices of one app that begin, wherever they are.
PER_CLIENT = per_minute(600)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRequest:
    """
    What a device asks for, checked (section 3.1).

    Attributes:
        ip: where it asked from, for the person who answers.
        user_agent: what it calls itself there; anybody may say anything.

    """

    client_id: str
    scopes: frozenset[str]
    resources: tuple[str, ...]
    authorization_details: tuple[Mapping[str, Any], ...]
    ip: str
    user_agent: str
    asked_at: datetime

    @property
    def ends_at(self) -> datetime:
        """When its codes expire."""
        return self.asked_at + LIFETIME


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """
    A person's yes, and the browser session in which they gave it.

    Attributes:
        grant_id: the family that every token of the device will belong to.
        authorized_at: when, by the clock of the consents.

    """

    grant_id: str
    subject: str
    sid: str
    auth_time: datetime
    amr: tuple[str, ...]
    authorized_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceGrant:
    """What has come of a request; neither an approval nor a denial: nothing yet."""

    request: DeviceRequest
    approval: Approval | None = None
    denied: bool = False


class Denied(AccessDenied):
    """The person said no, told to a device (RFC 6749 section 5.2)."""

    status = 400


def write_user_code(user_code: str) -> str:
    """As people read it, in two halves."""
    return f"{user_code[:4]}-{user_code[4:]}"


def read_user_code(typed: str) -> str | None:
    """
    What a person typed, in canonical form; None if it cannot be a code.

    Case and separators are theirs to choose; a letter outside of the alphabet is
    never taken for one inside of it.
    """
    code = typed.translate(_SEPARATORS)
    return code.upper() if _USER_CODE.fullmatch(code) else None


def read_device_request(
    parameters: Mapping[str, str],
    client: Client,
    catalogue: Catalogue,
    *,
    ip: str,
    user_agent: str,
    now: datetime,
) -> DeviceRequest:
    """
    Check a device authorization request by the rules of the code flow.

    Raises:
        UnauthorizedClient: the app is not registered for devices.
        InvalidScope, InvalidTarget, InvalidAuthorizationDetails: more than it may.

    """
    if GRANT_TYPE not in client.grant_types:
        raise UnauthorizedClient("the app is not registered for this flow")
    check_authorization_details(parameters, client, catalogue)
    check_scope(parameters, client, catalogue)
    scopes = requested_scopes(parameters, client)
    details = read_details(parameters.get("authorization_details"))
    resources = targets(catalogue, scopes, parameters.get("resource"), details)
    return DeviceRequest(
        client_id=client.client_id,
        scopes=scopes,
        resources=tuple(resource.identifier for resource in resources),
        authorization_details=details,
        ip=ip,
        user_agent=user_agent,
        asked_at=now,
    )


def check_device(device: DeviceGrant, client: Client, now: datetime) -> None:
    """
    This client's, in time, and not refused (section 3.5).

    Raises:
        InvalidGrant: it was given to another client.
        ExpiredToken: it is too late for an answer.
        Denied: the person said no.

    """
    if device.request.client_id != client.client_id:
        raise InvalidGrant(detail="device_code was issued to another client")
    if now >= device.request.ends_at:
        raise ExpiredToken("the device_code has expired")
    if device.denied:
        raise Denied("the person said no")
