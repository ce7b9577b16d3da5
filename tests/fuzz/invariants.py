"""What every answer must be, whatever was sent."""

import json
import re
from collections.abc import Iterable, Mapping

from tests.fuzz.asgi import Answer
from tests.fuzz.budget import SENT, STATUSES
from tests.fuzz.values import MARKUP

#: RFC 6749 section 5.2: the characters of `error` and `error_description`.
_TELLABLE = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")
#: What only our insides look like.
_INSIDES = re.compile(
    rb"Traceback|psycopg|sqlalchemy|redis\.exceptions|site-packages|SELECT [a-z]"
)
_EXPECTED = {200, 201, 204, 206, 303, 304, 400, 401, 403, 404, 405, 408, 413, 415, 416,
             421, 429, 431}  # fmt: skip


def check(
    service: str, answer: Answer, *, secrets: Iterable[str], also: int | None = None
) -> None:
    """
    It is no 5xx, gives nothing away, and does not say what it was told.

    Args:
        also: a status that is right here besides.

    """
    SENT[service] += 1
    STATUSES[service, answer.status] += 1
    assert answer.status in _EXPECTED | {also}, (answer.status, answer.body[:300])
    assert not _INSIDES.search(answer.body), answer.body[:2000]
    if (answer.header("content-type") or "").startswith("text/html"):
        assert MARKUP.encode() not in answer.body, "markup came back as markup"
    length = answer.header("content-length")
    assert length is None or int(length) == len(answer.body) or not answer.body
    everything = b"\n".join(
        # A browser's own session may come back to it, in the order of its accounts.
        [
            answer.body,
            *(b": ".join(p) for p in answer.headers if p[0].lower() != b"set-cookie"),
        ]
    )
    for secret in secrets:
        assert secret.encode() not in everything, f"told: {secret[:6]}…"


def has(answer: Answer, headers: Mapping[str, str]) -> None:
    """Each of these once, and where a value is given, with it."""
    for name, value in headers.items():
        found = answer.header(name)
        assert found is not None, f"{name} is missing"
        assert value in found, (name, found)


def tells_an_oauth_error(answer: Answer) -> None:
    """RFC 6749 section 5.2: a code, perhaps a description, in its few characters."""
    told = json.loads(answer.body)
    assert "error" in told
    assert set(told) <= {"error", "error_description"}
    assert all(_TELLABLE.fullmatch(text) for text in told.values()), told
    for value in answer.all("www-authenticate"):
        assert value.startswith(("Basic realm=", "Bearer", "DPoP algs=")), value


def tells_a_problem(answer: Answer) -> None:
    """RFC 9457: a title and a status, and that the same."""
    assert answer.header("content-type") == "application/problem+json"
    told = json.loads(answer.body)
    assert told["status"] == answer.status
    assert told["title"]


def sets_only(answer: Answer, names: Iterable[str]) -> None:
    """Cookies of ours, hidden from scripts and from plain http."""
    for cookie in answer.all("set-cookie"):
        name, _, rest = cookie.partition("=")
        assert name.startswith(tuple(names)), cookie
        attributes = rest.lower()
        assert "; secure" in attributes
        assert "; httponly" in attributes
        assert "; path=/" in attributes
        assert "domain=" not in attributes
