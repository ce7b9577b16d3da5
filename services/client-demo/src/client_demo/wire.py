"""HTTP messages as they are shown to people: every secret masked when recorded."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

#: Of these nothing is shown: whoever has one of them can act as this application.
HIDDEN = frozenset({"client_secret", "authorization"})
#: Of these the beginning is shown, to recognise one in two messages.
SHORTENED = frozenset(
    {
        "access_token",
        "code",
        "code_verifier",
        "device_code",
        "id_token",
        "id_token_hint",
        "logout_token",
        "refresh_token",
        "subject_token",
        "token",
    }
)
#: Headers that are worth a line.
_HEADERS = (
    "Authorization",
    "DPoP",
    "DPoP-Nonce",
    "Accept",
    "Content-Type",
    "Location",
    "Cache-Control",
    "Retry-After",
    "WWW-Authenticate",
)
#: The longest body that is kept, in characters.
_LONGEST = 6000
#: The longest value of a browser's parameter that is kept, in characters.
_LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """
    One request and its answer, in display form.

    Attributes:
        title: what it is for.
        by: who sent it, `browser` or `server`.
        method: the HTTP method.
        url: without the query.
        query, fields: parameters in order, values decoded and masked.
        headers: those that matter, masked.
        body: a JSON body that was sent, or empty.
        status: of the answer; None where the answer is a message of its own.
        answer_headers, answer: what came back.
        milliseconds: from sending to having read the answer; None for a browser's.
        at: when, in seconds since the epoch.

    """

    title: str
    by: str
    method: str
    url: str
    at: int
    query: tuple[tuple[str, str], ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    status: int | None = None
    answer_headers: tuple[tuple[str, str], ...] = ()
    answer: str = ""
    milliseconds: int | None = None


def shorten(secret: str) -> str:
    """The first twelve characters of a token; fewer where it is short."""
    return f"{secret[: min(12, len(secret) // 4)]}…"


def mask(name: str, value: str) -> str:
    """A parameter's value as it may be shown."""
    if name in HIDDEN:
        return "••••••••"
    return shorten(value) if name in SHORTENED else value


def browser_message(
    title: str, url: str, *, at: int, query: Mapping[str, str] | None = None
) -> Message:
    """A request that the browser made, or is about to make."""
    parts = urlsplit(url)
    pairs = query.items() if query is not None else parse_qsl(parts.query)
    return Message(
        title=title,
        by="browser",
        method="GET",
        url=f"{parts.scheme}://{parts.netloc}{parts.path}",
        query=tuple(
            (name, mask(name, value)[:_LONGEST_VALUE]) for name, value in pairs
        ),
        at=at,
    )


def shown_fields(body: bytes) -> tuple[tuple[str, str], ...]:
    """A form, field by field."""
    return tuple((n, mask(n, v)) for n, v in parse_qsl(body.decode()))


def shown_headers(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The headers that matter; a credential keeps its scheme and nothing else."""
    return tuple(
        (name, _shown_header(name, headers[name]))
        for name in _HEADERS
        if name in headers
    )


def _shown_header(name: str, value: str) -> str:
    if name == "DPoP":
        return shorten(value)
    if name != "Authorization":
        return value
    scheme, _, credential = value.partition(" ")
    # A token may be recognised; a client's password may not.
    is_token = scheme in {"Bearer", "DPoP"}
    return f"{scheme} {shorten(credential) if is_token else '••••••••'}"


def shown_json(body: bytes) -> str:
    """A JSON body, indented and masked; another one is only counted."""
    if not body:
        return ""
    try:
        shown = json.dumps(_masked(json.loads(body)), indent=2, ensure_ascii=False)
        shown.encode()  # half a character, as "\ud800" is, can be kept by nobody
    except (ValueError, RecursionError):
        return f"({len(body)} bytes)"
    return shown[:_LONGEST]


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: mask(name, inner) if isinstance(inner, str) else _masked(inner)
            for name, inner in value.items()
        }
    return [_masked(inner) for inner in value] if isinstance(value, list) else value
