"""F01, F18: over two processes, a code and a refresh token are good once."""

from collections import Counter
from typing import Any

import pytest
from redis.asyncio import Redis

from auth_service.storage.redis.codes import _fresh, _spent
from tests.builders.auth import token_parameters
from tests.e2e.faults.starting_line import Answer, race
from tests.e2e.faults.system import System, Worker, workers
from valetkey.opaque import fingerprint

pytestmark = pytest.mark.slow

RACERS = 24
CODES = 200
FAMILIES = 25


async def codes(worker: Worker, how_many: int) -> list[str]:
    """Of one person whose browser is signed in: one redirect each."""
    browser = worker.browser()
    return [await worker.code(browser) for _ in range(how_many)]


async def raced(racing: list[Worker], parameters: dict[str, str]) -> list[Answer]:
    """The same request at the same moment, half of them to each process."""
    return await race([worker.port for worker in racing], RACERS, parameters)


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


async def test_F01_of_24_who_race_for_a_code_one_gets_tokens(system: System) -> None:
    """Two hundred codes, two processes: two hundred winners, no error of ours."""
    once = Counter({200: 1, 400: RACERS - 1})

    results = [
        statuses(await raced(system.workers, token_parameters(code)))
        for code in await codes(system.auth, CODES)
    ]

    assert [result for result in results if result != once] == []


async def test_F01_the_naive_server_is_caught(system: System) -> None:
    """The same race against a server that reads and then writes: many win."""
    async with workers(
        system.supervisor,
        system.folder,
        system.new_database("naive"),
        system.valkey.url,
        module="tests.e2e.faults.naive_server",
    ) as naive:
        results = [
            statuses(await raced(naive, token_parameters(code)))
            for code in await codes(naive[0], 10)
        ]

    assert max(result[200] for result in results) > 1


def refreshing(refresh_token: str) -> dict[str, str]:
    return {"grant_type": "refresh_token", "refresh_token": refresh_token}


async def test_F01_a_refresh_token_has_one_successor(system: System) -> None:
    """Whoever is answered gets the same; the family never has two ends."""
    browser = system.auth.browser()
    for _ in range(FAMILIES):
        tokens = await system.auth.tokens(browser)

        answers = await raced(system.workers, refreshing(tokens["refresh_token"]))

        assert set(statuses(answers)) <= {200, 400}
        winners = [answer.body for answer in answers if answer.status == 200]
        successors = {winner["refresh_token"] for winner in winners}
        assert len(successors) == 1
        assert written(system, tokens) == 2


def written(system: System, tokens: dict[str, Any]) -> int:
    """How many refresh tokens the family of this one has."""
    ((count,),) = system.sql(
        "SELECT count(*) FROM auth.refresh_tokens WHERE grant_id = ("
        "SELECT grant_id FROM auth.refresh_tokens WHERE fingerprint = %s)",
        fingerprint(tokens["refresh_token"]),
    )
    return int(count)


async def test_F18_a_redis_that_forgot_a_claim_issues_nothing(system: System) -> None:
    """As after a failover to a replica that had not heard of it."""
    (code,) = await codes(system.auth, 1)
    first = await system.auth.token(token_parameters(code))
    async with Redis.from_url(system.valkey.url) as redis:
        assert await redis.rename(_spent(code), _fresh(code))

    again = await raced(system.workers, token_parameters(code))

    assert first.status_code == 200
    assert statuses(again) == {400: RACERS}
    assert {answer.body["error"] for answer in again} == {"invalid_grant"}
