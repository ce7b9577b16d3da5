"""acr: how well a person proved who they are, from how they did (OIDC Core s. 2)."""

from collections.abc import Iterable
from functools import lru_cache

PASSWORD = "urn:valetkey:acr:password"
SECOND_FACTOR = "urn:valetkey:acr:second-factor"
PASSKEY = "urn:valetkey:acr:passkey"
#: Weakest first: what it is called, and what must have been done for it, in one of
#: these ways (RFC 8176 section 2). Only a passkey answers no other site's page.
_LEVELS: tuple[tuple[str, tuple[frozenset[str], ...]], ...] = (
    (PASSWORD, (frozenset({"pwd"}),)),
    (SECOND_FACTOR, (frozenset({"mfa"}),)),
    (
        PASSKEY,
        (frozenset({"hwk", "user", "mfa"}), frozenset({"swk", "user", "mfa"})),
    ),
)
#: Every level that can be reached here, weakest first.
ACR_VALUES = tuple(name for name, _ in _LEVELS)


def reached(amr: Iterable[str]) -> tuple[str, ...]:
    """Every level that these methods satisfy, weakest first: a higher one its lower."""
    return _reached(frozenset(amr))


@lru_cache(maxsize=64)  # people sign in in few ways
def _reached(done: frozenset[str]) -> tuple[str, ...]:
    best = max(
        (i for i, (_, ways) in enumerate(_LEVELS) if any(w <= done for w in ways)),
        default=-1,
    )
    return ACR_VALUES[: best + 1]


def acr(amr: Iterable[str], *, among: Iterable[str] = ()) -> str | None:
    """
    The strongest level that these methods reach; None where they reach none.

    Args:
        among: the levels that were asked for as essential: then the strongest of
            those, for the answer has to be one of them (OIDC Core section 5.5.1.1).

    """
    levels, wanted = reached(amr), frozenset(among)
    asked = [level for level in levels if level in wanted]
    return next(reversed(asked or levels), None)
