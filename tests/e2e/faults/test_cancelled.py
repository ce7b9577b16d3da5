"""F17: whoever hangs up in the middle leaves nothing behind for the next."""

import asyncio
import random
import time
from contextlib import suppress

import psycopg

from tests.e2e.authorization_server import AuthorizationServer

#: So many rounds of so many requests, each of them cut off somewhere.
ROUNDS, AT_ONCE = 30, 12
PEOPLE = ("alice", "bob")


async def test_F17_no_answer_reaches_another(auth: AuthorizationServer) -> None:
    """
    Requests of two people, cut off at random in the middle of SQL and of pipelines.

    A connection that is given back with an answer still under way on it would hand
    that answer to whoever is next.
    """
    chance = random.Random(17)
    http = auth.http()
    browsers = {name: auth.browser() for name in PEOPLE}
    tokens = {name: await auth.tokens(browsers[name], name) for name in PEOPLE}

    async def by_postgresql(name: str) -> str:
        """Whose access token this is."""
        return await called(tokens[name]["access_token"])

    async def by_redis(name: str) -> str:
        """Whose session this is, and the code and the tokens that come of it."""
        fresh = await auth.tokens(browsers[name].copy(), name)
        return await called(fresh["access_token"])

    async def called(access_token: str) -> str:
        headers = {"authorization": f"Bearer {access_token}"}
        answer = await http.get("/oauth/userinfo", headers=headers)
        name: str = answer.json()["preferred_username"]
        return name

    async def is_right(n: int) -> bool:
        name = PEOPLE[n % 2]
        return await (by_postgresql, by_redis)[n // 2 % 2](name) == name

    heard: list[bool] = []

    async def cut_off(n: int, longest: float) -> None:
        task = asyncio.create_task(is_right(n))
        loop = asyncio.get_running_loop()
        loop.call_later(chance.uniform(0, longest), task.cancel)
        with suppress(asyncio.CancelledError):
            heard.append(await task)

    started = time.perf_counter()
    assert all(await asyncio.gather(*(is_right(n) for n in range(AT_ONCE))))
    usual = time.perf_counter() - started
    for _ in range(ROUNDS):
        await asyncio.gather(*(cut_off(n, 1.5 * usual) for n in range(AT_ONCE)))
    after = [await is_right(n) for n in range(40)]

    assert 0 < len(heard) < ROUNDS * AT_ONCE
    assert all(heard)
    assert all(after)
    await no_connection_is_left_busy(auth)


async def no_connection_is_left_busy(auth: AuthorizationServer) -> None:
    """And no more are open than there may be: ten, half as many, one that listens."""
    url = auth.settings.database_url.get_secret_value()
    with psycopg.connect(url, autocommit=True) as connection:
        asked = (
            "SELECT state FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'valetkey-auth'"
        )
        while states := [state for (state,) in connection.execute(asked)]:
            if set(states) == {"idle"}:
                break
    assert len(states) <= 16
