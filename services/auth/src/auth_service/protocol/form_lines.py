"""Fields of a form in which each line is a value of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from auth_service.protocol.client_metadata import (
    MAX_REDIRECT_URIS,
    redirect_uri_problem,
)
from auth_service.protocol.message import say

#: An app names no more people to turn to than this.
MAX_CONTACTS = 10


@dataclass(frozen=True, slots=True)
class Line:
    """
    A line, and what is wrong with it.

    Attributes:
        number: counted as it was typed, from 1.

    """

    number: int
    text: str
    problem: str | None


def read_lines(text: str | None) -> tuple[str, ...]:
    """Each line once, in order; white space around it is a slip of the hand."""
    lines = (line.strip(" \t\r") for line in (text or "").split("\n"))
    return tuple(dict.fromkeys(line for line in lines if line))


def check_lines(text: str, *, application_type: str) -> list[Line]:
    """Every URI that was typed, with the reason where it cannot be registered."""
    lines = enumerate((line.strip(" \t\r") for line in text.split("\n")), 1)
    return [
        Line(
            number,
            line,
            redirect_uri_problem(line, application_type=application_type),
        )
        for number, line in lines
        if line
    ][: 2 * MAX_REDIRECT_URIS]


def lines_problem(
    uris: Sequence[str], *, application_type: str, at_least: int
) -> str | None:
    """Why a field of URIs cannot be taken: the reason, if only one line is there."""
    if len(uris) < at_least:
        return say("Give at least one redirect URI.")
    if len(uris) > MAX_REDIRECT_URIS:
        return say("Give at most {count} URIs.", count=MAX_REDIRECT_URIS)
    problems = [
        redirect_uri_problem(uri, application_type=application_type) for uri in uris
    ]
    if len(uris) == 1:
        return problems[0]
    count = sum(problem is not None for problem in problems)
    if count:
        return say("{count} of the lines cannot be taken; see below.", count=count)
    return None


def contacts_problem(addresses: Sequence[str]) -> str | None:
    """Why these are no e-mail addresses of a few people, or None."""
    if len(addresses) > MAX_CONTACTS:
        return say("Give at most {count} addresses.", count=MAX_CONTACTS)
    if not all(map(is_email, addresses)):
        return say("Write one e-mail address per line.")
    return None


def is_email(text: str) -> bool:
    """Whether it looks like an e-mail address."""
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True
