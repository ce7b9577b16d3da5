"""How much guessing is free, and how long anybody waits."""

from datetime import timedelta

import pytest

from auth_service.protocol.throttle import (
    ACCOUNT,
    ADDRESS,
    Throttle,
    per_hour,
    per_minute,
)


def test_an_account_has_five_tries_and_an_address_fifty() -> None:
    """Defaults, "Rate limits": 5 and 50 in 15 minutes."""
    assert (ACCOUNT.free, ADDRESS.free) == (5, 50)
    assert ACCOUNT.longest == ADDRESS.longest == timedelta(minutes=15)


@pytest.mark.parametrize("throttle", [ACCOUNT, ADDRESS, per_minute(10), per_hour(10)])
def test_every_wait_begins_small_and_ends(throttle: Throttle) -> None:
    """Nobody is locked out for good, and the first wait is one that people take."""
    assert timedelta() < throttle.first <= timedelta(minutes=1)
    assert throttle.first < throttle.longest <= timedelta(hours=1)


def test_what_an_operator_sets_is_counted_in_its_own_time() -> None:
    assert (per_minute(7).free, per_minute(7).longest) == (7, timedelta(minutes=1))
    assert (per_hour(7).free, per_hour(7).longest) == (7, timedelta(hours=1))
