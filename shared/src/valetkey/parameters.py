"""
A form or a query, read as OAuth reads it: each parameter at most once.

Frameworks take the last of two values, or the first; RFC 6749 section 3.1 and 3.2
refuse both. An empty value counts as absent (the same sections).
"""

from urllib.parse import unquote_to_bytes

from valetkey.errors import InvalidRequest, RequestTooLarge

#: One field may be this long, in characters.
MAX_FIELD = 4096
#: One request may have this many fields.
MAX_FIELDS = 50

FORM = "application/x-www-form-urlencoded"


class RepeatedParameter(InvalidRequest):
    """
    A parameter came twice.

    `parameters` holds those that came once, `repeated` the names of the others.
    The authorization endpoint needs both, to tell where a refusal may be sent.
    """

    def __init__(self, parameters: dict[str, str], repeated: frozenset[str]) -> None:
        super().__init__("a parameter is repeated")
        self.once = parameters
        self.repeated = repeated


def read_parameters(
    raw: bytes,
    *,
    joined: frozenset[str] = frozenset(),
    hashed: frozenset[str] = frozenset(),
) -> dict[str, str]:
    """
    Read `application/x-www-form-urlencoded` bytes, from a body or from a query.

    Args:
        raw: the bytes as they came.
        joined: names that may come more than once, as checkboxes of one of our own
            forms do; their values are joined by spaces.
        hashed: names whose value may contain NUL, because nobody but a hash function
            or a JWT's parser ever reads it.

    Raises:
        RepeatedParameter: a name occurs twice, empty or not.
        RequestTooLarge: more than 50 fields, or a value over 4,096 characters.
        InvalidRequest: not UTF-8, or a NUL or a surrogate inside.

    """
    if raw.count(b"&") >= MAX_FIELDS:
        raise RequestTooLarge("too many parameters")
    try:
        fields = raw.decode("ascii").split("&")
        pairs = [_read_field(field) for field in fields if field]
    except UnicodeError:
        raise InvalidRequest("parameters must be UTF-8, percent-encoded") from None
    values: dict[str, str] = {}
    repeated: set[str] = set()
    for name, value in pairs:
        if len(value) > MAX_FIELD or len(name) > MAX_FIELD:
            raise RequestTooLarge("a parameter is too long")
        if "\0" in name or ("\0" in value and name not in hashed):
            raise InvalidRequest("a parameter contains NUL")
        if name in values and name in joined:
            value = f"{values[name]} {value}"  # noqa: PLW2901 - the joined one
        elif name in values:
            repeated.add(name)
        values[name] = value
    present = {name: value for name, value in values.items() if value}
    if repeated:
        once = {n: v for n, v in present.items() if n not in repeated}
        raise RepeatedParameter(once, frozenset(repeated))
    return present


def _read_field(field: str) -> tuple[str, str]:
    name, _, value = field.partition("=")
    return _decode(name), _decode(value)


def _decode(text: str) -> str:
    """What was percent-encoded; most of what comes is not."""
    text = text.replace("+", " ")
    return unquote_to_bytes(text).decode() if "%" in text else text


def is_form(content_type: str | None) -> bool:
    """
    Whether a body may be read as a form (RFC 6749 section 3.2, appendix B).

    A charset other than UTF-8 is not ours to guess at.
    """
    kind, _, rest = (content_type or "").partition(";")
    charset = rest.strip().lower().replace('"', "")
    return kind.strip().lower() == FORM and charset in {"", "charset=utf-8"}


def words(value: str | None) -> tuple[str, ...]:
    """
    A list with one space between (RFC 6749 section 3.3, OIDC Core section 14).

    In order, each word once.
    """
    return tuple(dict.fromkeys(value.split(" "))) if value else ()
