"""Where to go after a sign-in: a page of ours, and nowhere else."""

import re

#: A path of one of our pages: one slash, then harmless characters, no query.
_OUR_PATH = re.compile(r"/(?:[A-Za-z0-9][A-Za-z0-9/_-]{0,100})?")


def safe_return_to(asked: str | None) -> str:
    """The path, if it can only be one of ours; else the start (RFC 9700 s. 4.11.1)."""
    return asked if asked and _OUR_PATH.fullmatch(asked) else "/"


def path_of_ours(target_link_uri: str | None, *, client_url: str) -> str:
    """The path of a `target_link_uri` (OpenID Connect Core section 4), as safely."""
    if target_link_uri is None or not target_link_uri.startswith(f"{client_url}/"):
        return "/"
    return safe_return_to(target_link_uri.removeprefix(client_url))
