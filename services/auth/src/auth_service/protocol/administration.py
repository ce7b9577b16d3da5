"""What administrators may do by program, and what their lists may be asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from auth_service.protocol.message import say
from auth_service.protocol.scopes import (
    PERSON_SCOPES,
    SCOPE_TOKEN,
    Resource,
    Scope,
)
from auth_service.protocol.sign_up_form import Unusable
from valetkey.errors import InvalidRequest

#: How people and apps may be sorted; nothing else reaches a query.
PEOPLE_ORDERS = ("username", "newest")
APP_ORDERS = ("name", "newest")
#: Rows of a page.
PAGE = 50
#: What a search may begin with is no longer than an address.
_LONGEST_SEARCH = 320
_LONGEST_NAME, _LONGEST_SENTENCE, _LONGEST_IDENTIFIER = 100, 200, 512

_SCOPES = tuple(
    Scope(name=name, description=description, sensitive=True, reserved=True)
    for name, description in (
        ("admin:people", say("Administer everybody's account")),
        ("admin:apps", say("Verify and suspend apps")),
        (
            "admin:resources",
            say("Change which permissions exist and what people read"),
        ),
        ("admin:keys", say("Rotate and remove the keys that sign tokens")),
        ("admin:audit", say("Read the audit log and the settings")),
    )
)


def admin_api(issuer: str) -> Resource:
    """Our own API, which exists without being provisioned."""
    return Resource(
        identifier=f"{issuer}/api/admin", name="Administration", scopes=_SCOPES
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """
    Who changes something.

    Attributes:
        by: the subject of an administrator, the client_id of a program, or where
            neither is known.
        ip: where from; None for whoever sits at the machine itself.

    """

    by: str
    ip: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """
    Which events; None is all of them.

    Attributes:
        person: the subject whom it is about, or who did it.
        since: the first moment.
        until: the moment before which it ends.

    """

    event: str | None = None
    person: str | None = None
    client_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """Something that happened."""

    id: int
    at: datetime
    event: str
    subject: str | None = None
    client_id: str | None = None
    ip: str | None = None
    request_id: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def check_order(order: str, known: tuple[str, ...]) -> str:
    """
    The order, which is one of ours.

    Raises:
        InvalidRequest: it is not.

    """
    if order not in known:
        raise InvalidRequest("the order is not one of those that exist")
    return order


def read_search(text: str) -> str:
    """
    How the names that are searched for begin.

    Raises:
        InvalidRequest: no name begins like that.

    """
    if len(text) > _LONGEST_SEARCH or not text.isprintable():
        raise InvalidRequest("the search text is too long or cannot be printed")
    return text.strip()


def read_moment(name: str, text: str | None) -> datetime | None:
    """
    A day or a moment as ISO 8601 writes them, in UTC unless it says otherwise.

    Raises:
        InvalidRequest: it is neither.

    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidRequest(f"{name} is not a date") from None


def harmless_cell(value: object) -> str:
    """
    Text for a spreadsheet, which would run what begins like a formula.

    An apostrophe before it says that it is text.
    """
    text = "" if value is None else str(value)
    formula = text.lstrip()[:1] in {"=", "+", "-", "@"} or text[:1] in set("\t\r\n")
    return f"'{text}" if formula else text


def read_resource(values: Mapping[str, Any], before: Resource | None) -> Resource:
    """
    An API as an administrator describes it.

    Args:
        values: `identifier`, `name`, `client_id` and `scopes`, a list of mappings.
        before: what is known of it, if it is changed.

    Raises:
        Unusable: with every field that cannot be taken.

    """
    errors: dict[str, str] = {}
    identifier = before.identifier if before else str(values.get("identifier", ""))
    if not _is_identifier(identifier):
        errors["identifier"] = say(
            "Write an absolute address, such as https://api.example."
        )
    name = str(values.get("name", "")).strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        errors["name"] = say(
            "Use at most {count} printable characters.", count=_LONGEST_NAME
        )
    scopes = tuple(_read_scope(each, errors) for each in values.get("scopes", ()))
    names = [scope.name for scope in scopes]
    if len(set(names)) < len(names):
        errors["scopes"] = say("A permission is there twice.")
    if errors:
        raise Unusable(errors)
    return Resource(
        identifier=identifier,
        name=name,
        client_id=str(values.get("client_id") or "") or None,
        scopes=scopes,
        detail_types=before.detail_types if before else (),
    )


def _is_identifier(text: str) -> bool:
    """An absolute URI without a fragment (RFC 8707 section 2)."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    web = parts.scheme in {"https", "http"} and bool(parts.netloc)
    plain = text.isascii() and text.isprintable() and not set(text) & set(' #"<>\\')
    return plain and len(text) <= _LONGEST_IDENTIFIER and (web or parts.scheme == "urn")


def _read_scope(given: Mapping[str, Any], errors: dict[str, str]) -> Scope:
    name, text = str(given.get("name", "")), str(given.get("description", "")).strip()
    if not SCOPE_TOKEN.fullmatch(name) or len(name) > _LONGEST_NAME:
        errors["scopes"] = say(
            "The name of a permission has no spaces, such as notes:read."
        )
    elif name in PERSON_SCOPES or name in {scope.name for scope in _SCOPES}:
        errors["scopes"] = say("A permission of this name is built in.")
    if not text or len(text) > _LONGEST_SENTENCE or not text.isprintable():
        errors["scopes"] = say("Each permission needs the sentence that people read.")
    return Scope(
        name=name,
        description=text,
        sensitive=bool(given.get("sensitive")),
        reserved=bool(given.get("reserved")),
    )
