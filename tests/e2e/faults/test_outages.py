"""F07, F10, F14, F15, F16: a store is gone, silent, locked or full."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import psycopg
import pytest
from redis.asyncio import Redis

from tests.builders.auth import SECRETS, token_parameters
from tests.e2e.browser import Browser, Page
from tests.e2e.faults.system import System, Worker, is_clean_refusal

pytestmark = pytest.mark.slow

AS_ITSELF = {"grant_type": "client_credentials"}


@pytest.fixture
async def token(system: System) -> str:
    """An access token of an app's own."""
    answer = await system.auth.token(AS_ITSELF, client_id="service-app")
    text: str = answer.json()["access_token"]
    return text


async def ask(worker: Worker, token: str) -> httpx.Response:
    """Whether the token was revoked: PostgreSQL is asked each time, Redis is not."""
    return await worker.http().post(
        "/oauth/introspect",
        data={"token": token},
        auth=("notes-api", SECRETS["notes-api"]),
    )


async def check_what_needs_no_store(worker: Worker) -> None:
    """The process lives, its keys can be had, and it says that it is not ready."""
    assert (await worker.get("/healthz")).json() == {"status": "ok"}
    assert (await worker.get("/oauth/jwks")).status_code == 200
    assert (await worker.get("/readyz")).status_code == 503


@dataclass
class Load:
    """What four clients hear, that never stop asking."""

    worker: Worker
    token: str
    heard: Counter[int] = field(default_factory=Counter)
    unclean: list[str] = field(default_factory=list)

    async def ask(self) -> None:
        while True:
            answer = await ask(self.worker, self.token)
            self.heard[answer.status_code] += 1
            if answer.status_code != 200 and not is_clean_refusal(answer):
                self.unclean.append(f"{answer.status_code} {answer.text}")

    async def hears(self, status: int, times: int = 20) -> None:
        """Return when it was told this so many more times."""
        enough = self.heard[status] + times
        while self.heard[status] < enough and not self.unclean:
            await ask(self.worker, self.token)


@asynccontextmanager
async def load(worker: Worker, token: str) -> AsyncIterator[Load]:
    running = Load(worker, token)
    asking = [asyncio.create_task(running.ask()) for _ in range(4)]
    yield running
    for task in asking:
        task.cancel()
    ended = await asyncio.gather(*asking, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended


async def test_F07_postgresql_dies_and_returns_under_load(
    system: System, token: str
) -> None:
    """Clean refusals meanwhile, and nobody has to restart anything."""
    async with load(system.auth, token) as under:
        await under.hears(200)

        system.postgres.kill()
        await under.hears(503)
        await check_what_needs_no_store(system.auth)

        system.postgres.start()
        await system.auth.recover()
        await under.hears(200)

    assert under.unclean == []
    assert set(under.heard) == {200, 503}


async def test_F07_a_silent_postgresql_keeps_nobody_waiting(
    system: System, token: str
) -> None:
    """It holds every connection and answers none; afterwards all are good again."""
    async with load(system.auth, token) as under:
        await under.hears(200)

        system.postgres.freeze()
        await check_what_needs_no_store(system.auth)
        crowd = await asyncio.gather(*(ask(system.auth, token) for _ in range(40)))

        system.postgres.thaw()
        await system.auth.recover()
        await under.hears(200)

    assert all(is_clean_refusal(answer) for answer in crowd)
    assert under.unclean == []
    await all_connections_are_back(system, token)


async def test_F07_what_is_kept_of_apps_is_not_used_for_long(system: System) -> None:
    """While PostgreSQL is silent, nobody would say if it were another by now."""

    async def itself() -> httpx.Response:
        return await system.auth.token(AS_ITSELF, client_id="service-app")

    assert (await itself()).status_code == 200

    system.postgres.freeze()
    while (refusal := await itself()).status_code == 200:
        pass
    assert is_clean_refusal(refusal)

    system.postgres.thaw()
    await system.auth.recover()
    assert (await itself()).status_code == 200


async def test_F07_a_restart_that_nobody_noticed_costs_nothing(
    system: System, token: str
) -> None:
    """Each connection of the pool is dead, and is tried before it is used."""
    await asyncio.gather(*(ask(system.auth, token) for _ in range(15)))

    system.postgres.kill()
    system.postgres.start()
    crowd = await asyncio.gather(*(ask(system.auth, token) for _ in range(10)))

    assert {answer.status_code for answer in crowd} == {200}


async def all_connections_are_back(system: System, token: str) -> None:
    """The server says so: none is in a transaction, and all can be had at once."""
    while system.busy_connections():
        pass
    crowd = await asyncio.gather(*(ask(system.auth, token) for _ in range(15)))
    assert {answer.status_code for answer in crowd} == {200}


async def test_F10_a_locked_table_takes_nothing_else_with_it(
    system: System, token: str
) -> None:
    """Who asks for it waits for the lock: refusals, and then all is as before."""
    for _ in range(2):
        with psycopg.connect(system.database_url) as locker:
            locker.execute("LOCK TABLE auth.revocations IN ACCESS EXCLUSIVE MODE")
            asking = (ask(system.auth, token) for _ in range(60))
            waiting = [asyncio.create_task(each) for each in asking]
            while not system.busy_connections():
                await asyncio.sleep(0)
            alive = await system.auth.get("/healthz")
            keys = await system.auth.get("/oauth/jwks")
            crowd = await asyncio.gather(*waiting)

        assert alive.status_code == keys.status_code == 200
        assert all(is_clean_refusal(answer) for answer in crowd)
        await all_connections_are_back(system, token)


async def begin(worker: Worker, browser: Browser | None = None) -> Page:
    """A person who is not signed in comes from an app."""
    return await worker.authorize(browser or worker.browser())


def came_back_to_the_app(page: Page) -> bool:
    """With the one error that a redirect has in place of a 503 (RFC 6749 4.1.2.1)."""
    return page.url.startswith("https://app.example/cb?") and page.query == {
        "error": "temporarily_unavailable",
        "state": "the-state",
        "iss": page.query["iss"],
    }


async def test_F14_valkey_dies_and_returns_empty(system: System, token: str) -> None:
    """Who has a refresh token notices nothing; who was signing in begins again."""
    browser, visitor = system.auth.browser(), system.auth.browser()
    tokens = await system.auth.tokens(browser)
    login = await begin(system.auth, visitor)

    system.valkey.kill()
    await check_what_needs_no_store(system.auth)
    lost = await system.auth.sign_in(visitor, login)
    refused = await system.auth.token(token_parameters("a-code-of-nobody"))
    away = await begin(system.auth)
    fresh = await system.auth.refresh(tokens["refresh_token"])

    system.valkey.start()
    await system.auth.recover()
    signed_out = await system.auth.authorize(browser)

    assert lost.response.status_code == 503
    assert is_clean_refusal(refused)
    assert came_back_to_the_app(away)
    assert fresh.status_code == 200
    assert signed_out.url.startswith(f"{system.auth.issuer}/login?")
    assert await system.auth.code(browser)


async def test_F16_a_silent_valkey_keeps_nobody_waiting(
    system: System, token: str
) -> None:
    visitor = system.auth.browser()
    tokens = await system.auth.tokens()
    login = await begin(system.auth, visitor)

    system.valkey.freeze()
    await check_what_needs_no_store(system.auth)
    crowd = await asyncio.gather(*(begin(system.auth) for _ in range(80)))
    refused = await system.auth.token(token_parameters("a-code-of-nobody"))
    lost = await system.auth.sign_in(visitor, login)
    fresh = await system.auth.refresh(tokens["refresh_token"])
    itself = await ask(system.auth, token)

    system.valkey.thaw()
    await system.auth.recover()

    assert all(came_back_to_the_app(page) for page in crowd)
    assert is_clean_refusal(refused)
    assert lost.response.status_code == 503
    assert (fresh.status_code, itself.status_code) == (200, 200)
    assert await system.auth.code()


async def test_F15_a_full_valkey_takes_nothing_new_and_gives_what_it_has(
    system: System, token: str
) -> None:
    """Codes that were issued are redeemed, once; sign-ins have to wait."""
    code = await system.auth.code()
    async with Redis.from_url(system.valkey.url) as redis:
        await redis.config_set("maxmemory", "1")
        away = await begin(system.auth)
        first = await system.auth.token(token_parameters(code))
        second = await system.auth.token(token_parameters(code))
        await redis.config_set("maxmemory", "0")

    assert came_back_to_the_app(away)
    assert first.status_code == 200
    assert second.status_code in {400, 503}  # counting wrong codes needs memory
    assert (await system.auth.introspect(first.json()["access_token"])) == {
        "active": False
    }
    assert (await begin(system.auth)).url.startswith(f"{system.auth.issuer}/login?")
