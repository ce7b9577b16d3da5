"""Lists that are read a page at a time, and what may be asked of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from auth_service.protocol.administration import PAGE
from valetkey.errors import InvalidRequest

Row = TypeVar("Row")


class NotThere(InvalidRequest):
    """Nothing of that name is here."""

    status = 404

    def __init__(self) -> None:
        super().__init__("there is nothing of this name")


class NotNow(InvalidRequest):
    """What is there does not allow it; `description` says why."""

    status = 409


@dataclass(frozen=True, slots=True)
class Listed(Generic[Row]):
    """
    A page of a list.

    Attributes:
        next: the token of the page after it; None on the last one.

    """

    rows: Sequence[Row]
    next: str | None


def listed(found: Sequence[Row], token_after: Callable[[Row], str]) -> Listed[Row]:
    """
    One page of what was found.

    Args:
        found: a page, and one row more where there is a next one.
        token_after: the token of the page that begins after this row.

    """
    rows = found[:PAGE]
    return Listed(rows, token_after(rows[-1]) if len(found) > PAGE else None)
