"""How long to wait after so many wrong passwords."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """
    A number of free tries, then a wait that doubles with each further one.

    It ends by itself: nobody can lock anybody out for longer than `longest`.

    Attributes:
        free: wrong tries without a wait.
        first: the wait after the first try beyond those.
        longest: no wait is longer, and after as long counting begins anew.

    """

    free: int
    first: timedelta
    longest: timedelta


#: Per account and address: whoever guesses one person's password.
ACCOUNT = Throttle(free=5, first=timedelta(seconds=15), longest=timedelta(minutes=15))
#: Per address, over all accounts: whoever tries one password on many people.
ADDRESS = Throttle(free=50, first=timedelta(seconds=15), longest=timedelta(minutes=15))

#: Per person, from wherever: whoever knows a password and guesses its second factor.
FACTOR = Throttle(free=5, first=timedelta(minutes=2), longest=timedelta(minutes=15))


def per_minute(free: int) -> Throttle:
    """So many in a minute, for what an operator may set."""
    return Throttle(free=free, first=timedelta(seconds=1), longest=timedelta(minutes=1))


def per_hour(free: int) -> Throttle:
    """So many in an hour, for what an operator may set."""
    return Throttle(free=free, first=timedelta(minutes=1), longest=timedelta(hours=1))
