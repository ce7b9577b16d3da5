"""Calls to URLs that somebody else chose."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Fetched:
    """A JSON value from elsewhere, and the Cache-Control that came with it."""

    value: Any
    cache_control: str


class Outbound(Protocol):
    """
    Calls to URLs that somebody else chose: public https addresses only.

    All raise `valetkey.fetch.Unfetchable`, which quotes nothing, for whatever goes
    wrong between here and there.
    """

    async def check(self, url: str) -> None:
        """Whether a URL leads somewhere that may be called; nobody is called."""
        ...

    async def get_json(self, url: str, *, longest: int = 64 * 1024) -> Fetched:
        """
        Get a JSON value of at most `longest` bytes, within three seconds.

        Raises:
            SlowDown: that host, or everybody, was asked too often.

        """
        ...

    async def get_picture(self, url: str, *, longest: int) -> bytes:
        """
        Get a file that should be a picture, of at most `longest` bytes.

        Raises:
            SlowDown: see `get_json`.

        """
        ...

    async def post_form(self, url: str, form: Mapping[str, str]) -> int:
        """Post a form; the status of the answer, which is not read further."""
        ...
