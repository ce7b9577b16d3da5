"""
How many cases: FUZZ_CASES in all over the endpoints, few unless somebody asks.

Without it the cases are the same every time, so that `make test` says the same thing
twice; with it they are new every time.
"""

import os
from collections import Counter

from hypothesis import HealthCheck, Phase, settings

FUZZ_CASES = int(os.environ.get("FUZZ_CASES", "1500"))
#: How they are shared out over the services.
SHARES = {"auth": 0.72, "resource": 0.16, "client-demo": 0.12}
#: The requests that were sent, by service.
SENT: Counter[str] = Counter()
#: What the services said, by service and status.
STATUSES: Counter[tuple[str, int]] = Counter()


def cases(service: str, *, parts: int, floor: int = 4) -> settings:
    """Hypothesis's settings for one of so many equal parts of a service's share."""
    return _settings(max(floor, round(FUZZ_CASES * SHARES[service] / parts)))


def pure_cases() -> settings:
    """For what costs microseconds: a fifth as many again, for each."""
    return _settings(max(300, FUZZ_CASES // 5))


def _settings(count: int) -> settings:
    fixed = "FUZZ_CASES" not in os.environ
    return settings(
        max_examples=count,
        derandomize=fixed,
        database=None,
        deadline=None,
        print_blob=not fixed,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
