"""authorization_details: what is asked for beyond scopes (RFC 9396)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from referencing.exceptions import Unresolvable

from valetkey.errors import InvalidAuthorizationDetails, InvalidToken
from valetkey.jws import read_json

#: One request may ask for so many things; each is a sentence that a person reads.
MAX_DETAILS = 10
#: What a request may say of each: the members that RFC 9396 section 2.2 gives a
#: meaning to may always be there; the others are the type's own.
_COMMON = frozenset({"type", "locations"})
_PLACE = re.compile(r"\{([A-Za-z0-9_.]+)\}")

Details = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailType:
    """
    One `type` of authorization details, and the API that it is for.

    Attributes:
        type: its name, unique among all APIs.
        schema: of the members beside `type` and `locations`, a JSON Schema (2020-12);
            what it does not allow is refused.
        sentence: what people read, with `{member}` or `{member.of.it}` for values.
        sensitive: marked on the consent page.

    """

    type: str
    schema: Mapping[str, Any]
    sentence: str
    sensitive: bool = False

    def __post_init__(self) -> None:
        """Refuse what could not be used: a sentence or a schema that is none."""
        try:
            Draft202012Validator.check_schema(self.schema)
        except SchemaError as error:
            raise ValueError(f"{self.type}: {error.message}") from None
        if "type" in self.schema.get("properties", {}) or not self.sentence.strip():
            raise ValueError(f"{self.type}: a sentence and a schema without `type`")

    def check(self, detail: Mapping[str, Any], resource: str) -> None:
        """
        The members are as the type wants them (RFC 9396 section 5).

        Raises:
            InvalidAuthorizationDetails: they are not, or are for another API.

        """
        if detail.get("locations", [resource]) != [resource]:
            raise InvalidAuthorizationDetails("locations are not the API of the type")
        own = {name: value for name, value in detail.items() if name not in _COMMON}
        try:
            Draft202012Validator(self.schema).validate(own)
        except (ValidationError, Unresolvable, RecursionError):
            raise InvalidAuthorizationDetails(
                "authorization_details are not as their type wants them"
            ) from None

    def describe(self, detail: Mapping[str, Any]) -> str:
        """What people read about it on the consent page, as text (section 12)."""
        words = _PLACE.sub(lambda place: _told(detail, place[1]), self.sentence)
        return words[:1].upper() + words[1:]


def _told(detail: Mapping[str, Any], path: str) -> str:
    value: Any = detail
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(value, list):
        return " and ".join(str(each) for each in value)
    return "" if value is None else str(value)


def read_details(parameter: str | None) -> Details:
    """
    The parameter as objects that each have a `type` (RFC 9396 section 2).

    Raises:
        InvalidAuthorizationDetails: it is not a JSON array of them, or a long one.

    """
    if parameter is None:
        return ()
    try:
        read = read_json(parameter.encode())
    except InvalidToken:
        read = None
    if not isinstance(read, list) or not 0 < len(read) <= MAX_DETAILS:
        raise InvalidAuthorizationDetails("authorization_details must be a short array")
    if not all(isinstance(d, dict) and isinstance(d.get("type"), str) for d in read):
        raise InvalidAuthorizationDetails("each of them must be an object with a type")
    return tuple(read)


def narrow_details(granted: Details, parameter: str | None) -> Details:
    """
    Of what was granted, what this token is to allow (RFC 9396 section 6).

    Raises:
        InvalidAuthorizationDetails: something that was not granted, to the letter
            (sections 8 and 12).

    """
    wanted = read_details(parameter)
    if not all(each in granted for each in wanted):
        raise InvalidAuthorizationDetails("that is not what was granted")
    return wanted or granted
