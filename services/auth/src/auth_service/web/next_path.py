"""Where a person wanted to go on our own site, and nowhere else."""

import re

#: One slash, then neither a second nor a backslash: browsers read both as a host.
_LOCAL = re.compile(r"/(?![/\\])[A-Za-z0-9_\-./?=&]*")


def local_path(next_path: str | None, *, default: str = "/account") -> str:
    """The path, if it stays on this site (RFC 9700 section 4.11)."""
    if next_path is not None and _LOCAL.fullmatch(next_path):
        return next_path
    return default
