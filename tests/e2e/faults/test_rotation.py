"""F12, F40: new keys under load, and an authorization server that is gone."""

import asyncio
import json
import os
import re
import sys
import time
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from resource_service.app import build_app
from tests.builders import notes_api
from tests.builders.auth import API
from tests.e2e.faults.system import System, Worker, answers, environment, start, workers
from valetkey.jwks import RemoteKeys

pytestmark = pytest.mark.slow

ROTATIONS = 5
#: A second of the test is a minute of those who keep keys. Real lifetimes: 60 s for
#: which keys are kept at least, and three minutes for which a new one is announced.
SCALE = 60
SCALED = {"JWKS_MAX_AGE": "1", "KEY_ANNOUNCEMENT": "3"}


@asynccontextmanager
async def notes(
    system: System, issuer: str, monotonic: Callable[[], float]
) -> AsyncIterator[httpx.AsyncClient]:
    """The resource service, with keys that it fetches from the issuer."""
    settings = notes_api.settings(
        system.database_url, ISSUER_URL=issuer, RESOURCE_URL=API
    )
    app = build_app(settings, keys=RemoteKeys(issuer, monotonic=monotonic))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=API) as client,
    ):
        yield client


async def access_token(worker: Worker) -> str:
    parameters = {"grant_type": "client_credentials"}
    answer = await worker.token(parameters, client_id="service-app")
    token: str = answer.json()["access_token"]
    return token


async def call(client: httpx.AsyncClient, token: str) -> int:
    headers = {"authorization": f"Bearer {token}"}
    return (await client.get("/me", headers=headers)).status_code


def kid(token: str) -> str:
    header = token.partition(".")[0]
    found: str = json.loads(urlsafe_b64decode(header + "=="))["kid"]
    return found


@dataclass
class Patient:
    """Somebody else's library: keeps the JWKS for as long as it may, come what may."""

    worker: Worker
    kids: set[str] = field(default_factory=set)
    until: float = 0.0

    async def knows(self, kid: str) -> bool:
        if time.monotonic() > self.until:
            answer = await self.worker.get("/oauth/jwks")
            max_age = re.search(r"max-age=(\d+)", answer.headers["cache-control"])
            assert max_age
            self.kids = {key["kid"] for key in answer.json()["keys"]}
            self.until = time.monotonic() + int(max_age[1])
        return kid in self.kids


async def rotate(env: dict[str, str]) -> None:
    """As an operator does."""
    valetkey = Path(sys.executable).with_name("valetkey")
    command = await asyncio.create_subprocess_exec(
        valetkey, "keys", "rotate", env=env, stdout=asyncio.subprocess.DEVNULL
    )
    assert await command.wait() == 0


async def test_F12_rotations_fail_no_validation(system: System) -> None:
    """New tokens of two processes are checked all the while, and the old ones after."""
    database_url = system.new_database("rotating")
    async with workers(
        system.supervisor, system.folder, database_url, system.valkey.url, **SCALED
    ) as running:
        issuer = running[0].issuer
        env = environment(database_url, system.valkey.url, issuer, **SCALED)
        env["PATH"] = os.environ["PATH"]
        async with notes(system, issuer, lambda: time.monotonic() * SCALE) as api:
            heard, tokens = Counter[int](), [await access_token(running[0])]
            others = Patient(running[1])
            stop = asyncio.Event()

            async def validate(worker: Worker) -> None:
                while not stop.is_set():
                    token = await access_token(worker)
                    heard[await call(api, token)] += 1
                    heard[200 if await others.knows(kid(token)) else 401] += 1

            load = [asyncio.create_task(validate(w)) for w in running * 2]
            for _ in range(ROTATIONS):
                await rotate(env)
                while kid(token := await access_token(running[0])) == kid(tokens[-1]):
                    pass
                tokens.append(token)
            stop.set()
            await asyncio.gather(*load)
            old = [await call(api, token) for token in tokens]
        keys = (await running[0].get("/oauth/jwks")).json()["keys"]

    assert set(heard) == {200}, heard
    assert len({kid(token) for token in tokens}) == ROTATIONS + 1
    assert old == [200] * (ROTATIONS + 1)
    # The first that signed, each of the rotations, and the one that is announced.
    assert len([key for key in keys if key["alg"] == "ES256"]) == ROTATIONS + 2


async def test_F40_without_its_issuer_an_api_goes_on_for_a_day(system: System) -> None:
    """Then it says that it cannot tell; when the issuer is back, so is everything."""
    now = 1000.0
    database_url = system.new_database("alone")
    async with workers(
        system.supervisor, system.folder, database_url, system.valkey.url
    ) as (worker, other):
        token = await access_token(worker)
        async with notes(system, worker.issuer, lambda: now) as api:
            for each in (worker, other):
                each.child.process.terminate()
                each.child.process.wait(timeout=30)
            at_once = await call(api, token)
            now += 3600
            hour = [await call(api, token) for _ in range(50)]
            now += 48 * 3600
            days = await call(api, token)
            env = environment(database_url, system.valkey.url, worker.issuer)
            again = start(system.supervisor, system.folder, env, port=worker.port)
            again.wait_until(lambda: answers(worker.port) == 200, seconds=60)
            now += 60
            back = await call(api, token)
            again.process.terminate()

    assert at_once == 200
    assert hour == [200] * 50
    assert days == 503
    assert back == 200
