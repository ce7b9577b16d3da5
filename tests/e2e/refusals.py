"""What every answer to a program has, and every refusal (attacks, section 0)."""

import re

import httpx

from tests.e2e import answers

#: RFC 6749 section 5.2: the characters of `error` and `error_description`.
_TELLABLE = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")


def not_kept(answer: httpx.Response) -> None:
    """Nobody keeps it, and it leads nowhere (RFC 6749 section 5.1)."""
    answers.has_headers(answer)
    assert answer.headers["pragma"] == "no-cache"
    assert "location" not in answer.headers


def refused(
    answer: httpx.Response, status: int, *errors: str, challenge: str | None = None
) -> None:
    """
    A refusal in JSON with one of these errors, and nothing besides.

    Args:
        challenge: how WWW-Authenticate begins; None: there is none.

    """
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert told["error"] in errors, told
    assert set(told) <= {"error", "error_description"}
    assert all(_TELLABLE.fullmatch(text) for text in told.values())
    not_kept(answer)
    header = answer.headers.get("www-authenticate")
    assert (header or "").startswith(challenge or "")
    assert (header is None) == (challenge is None)


def told(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    """All that a caller can tell two answers apart by, but for the request's id."""
    headers = dict(answer.headers)
    headers.pop("x-request-id")
    return answer.status_code, headers, answer.content
