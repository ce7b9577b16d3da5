"""acr: how well a person proved who they are, from how they did (OIDC Core s. 2)."""

from collections.abc import Iterable

#: Weakest first: what it is called, and what must have been done for it (RFC 8176).
_LEVELS: tuple[tuple[str, frozenset[str]], ...] = (
    ("urn:valetkey:acr:password", frozenset({"pwd"})),
)
#: Every level that can be reached here, weakest first.
ACR_VALUES = tuple(name for name, _ in _LEVELS)


def acr(amr: Iterable[str]) -> str | None:
    """The strongest level that these methods reach; None where they reach none."""
    done = frozenset(amr)
    reached = [name for name, methods in _LEVELS if methods <= done]
    return reached[-1] if reached else None
