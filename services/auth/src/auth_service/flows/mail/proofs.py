"""What goes wrong with a link or a code of a letter."""

from valetkey.errors import AccessDenied, InvalidRequest


class LinkOver(InvalidRequest):
    """Used, too old, never sent, or something changed since: all the same to us."""

    def __init__(self) -> None:
        super().__init__("this link is over")


class WrongCode(AccessDenied):
    """Not what the letter says."""
