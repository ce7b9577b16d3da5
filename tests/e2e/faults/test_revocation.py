"""F20, F34, F35: what was taken back stays taken, whatever was under way."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.builders.auth import SECRETS, token_parameters
from tests.e2e.faults.system import System, Worker

pytestmark = pytest.mark.slow

ROUNDS = 100
GONE = {"active": False}


async def revoke(worker: Worker, token: str) -> httpx.Response:
    form = {"token": token}
    return await worker.client.post(
        "/oauth/revoke", data=form, auth=("web-app", SECRETS["web-app"])
    )


async def lives(worker: Worker, tokens: dict[str, Any]) -> bool:
    """Whether anything can still be done with an answer of the token endpoint."""
    heard = await worker.introspect(tokens["access_token"])
    again = await worker.refresh(tokens["refresh_token"])
    return heard != GONE or again.status_code != 400


async def test_F20_every_process_knows_at_once(system: System) -> None:
    """What one process revoked the other refuses in the next request."""
    here, there = system.workers
    browser = here.browser()
    for _ in range(20):
        tokens = await here.tokens(browser)
        before = await there.introspect(tokens["access_token"])

        await revoke(here, tokens["refresh_token"])

        assert before["active"] is True
        assert await there.introspect(tokens["access_token"]) == GONE
        assert (await there.refresh(tokens["refresh_token"])).status_code == 400


async def test_F34_nothing_survives_a_revocation_during_a_refresh(
    system: System,
) -> None:
    """Both were answered; whichever came first, the family is dead."""
    here, there = system.workers
    browser = here.browser()
    for n in range(ROUNDS):
        tokens = await here.tokens(browser)
        token = tokens["refresh_token"]

        both = (here, there) if n % 2 else (there, here)
        revoked, refreshed = await asyncio.gather(
            revoke(both[0], token), both[1].refresh(token)
        )

        assert revoked.status_code == 200
        assert refreshed.status_code in {200, 400}
        assert not await lives(here, tokens)
        if refreshed.status_code == 200:
            assert not await lives(here, refreshed.json())


async def test_F35_nothing_survives_a_sign_out_during_a_code_exchange(
    system: System,
) -> None:
    """The app asked for tokens while the person signed out."""
    here, there = system.workers
    for _ in range(ROUNDS):
        browser = here.browser()
        code = await here.code(browser)
        page = await browser.get(f"{here.issuer}/oauth/logout")

        out, exchanged = await asyncio.gather(
            browser.send(page, "/oauth/logout/confirm", action="sign_out"),
            there.token(token_parameters(code)),
        )

        assert out.response.status_code == 200
        assert exchanged.status_code in {200, 400}
        if exchanged.status_code == 200:
            assert not await lives(here, exchanged.json())
