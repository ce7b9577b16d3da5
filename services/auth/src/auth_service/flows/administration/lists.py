"""Lists that are read a page at a time, and what may be asked of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

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
