"""`make bench-timing`: do answers tell by their time who has an account here?"""

import asyncio
import math
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import median

from tests.e2e.authorization_server import AuthorizationServer, running
from tests.servers import running_servers

#: Of each kind, in turn; as many before anything is counted.
TRIES, WARM_UP = 200, 20
#: Nobody can tell these apart over a network: seconds between medians, and chance.
APART, CHANCE = 0.005, 0.01


async def main() -> int:
    """Measure both forms; fail if one of them tells."""
    with running_servers() as servers:
        async with running(
            servers.new_database(), servers.redis_url, ENVIRONMENT="development"
        ) as auth:
            names = ("alice", "nobody-of-this-name")
            told = [
                await _compare("LG16, login", lambda n: _login(auth, n), names),
                await _compare("AU02, reset", lambda n: _reset(auth, n), names),
            ]
    return 1 if any(told) else 0


async def _compare(
    what: str, send: Callable[[str], Awaitable[float]], names: tuple[str, str]
) -> bool:
    times: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(WARM_UP + TRIES):
        for name in names if turn % 2 else reversed(names):
            taken = await send(name)
            if turn >= WARM_UP:
                times[name].append(taken)
    known, unknown = times.values()
    apart = abs(median(known) - median(unknown))
    chance = mann_whitney(known, unknown)
    sys.stdout.write(
        f"{what}: medians {median(known) * 1000:.2f} ms known,"
        f" {median(unknown) * 1000:.2f} ms unknown, p = {chance:.3f},"
        f" {TRIES} of each\n"
    )
    return apart >= APART or chance <= CHANCE


async def _login(auth: AuthorizationServer, name: str) -> float:
    return await _send(auth, "/login", identifier=name, password="a wrong password")


async def _reset(auth: AuthorizationServer, name: str) -> float:
    return await _send(auth, "/reset", identifier=name)


async def _send(auth: AuthorizationServer, path: str, **fields: str) -> float:
    """From an address of its own: nobody is asked to wait."""
    browser = auth.browser()
    form = (await browser.get(f"{auth.issuer}{path}")).form(path).fields
    began = time.perf_counter()
    await browser.request(
        "POST",
        f"{auth.issuer}{path}",
        data=form | fields,
        headers={"sec-fetch-site": "same-origin"},
    )
    return time.perf_counter() - began


def mann_whitney(first: list[float], second: list[float]) -> float:
    """The chance that samples of one distribution are so far apart (two-sided)."""
    ranked = sorted([(x, 0) for x in first] + [(x, 1) for x in second])
    ranks = sum(rank for rank, (_, whose) in enumerate(ranked, 1) if whose == 0)
    n, m = len(first), len(second)
    u = ranks - n * (n + 1) / 2
    z = (u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(abs(z) / math.sqrt(2))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
