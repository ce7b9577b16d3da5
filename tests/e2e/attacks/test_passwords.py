"""Attacks by passwords: too long, no text, too many at once (attacks, 1.3)."""

import asyncio
import threading
from urllib.parse import urlencode

import pytest

from auth_service.crypto import passwords as hashing
from auth_service.crypto.passwords import Argon2Passwords
from tests.e2e.answers import has_headers, shown
from tests.e2e.attacks.login_page import (
    FORM,
    HOST,
    LOGIN,
    SESSION,
    login_form,
    post,
    try_to_sign_in,
)
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import Somebody, register
from valetkey.errors import TemporarilyUnavailable


async def test_LG23_a_long_password_is_never_hashed(
    auth: AuthorizationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = auth.browser()
    form = await login_form(browser) | {"identifier": "alice"}
    monkeypatch.setattr(hashing, "MAX_WAITING", 0)  # whatever would be hashed is 503

    for password, status in (
        ("x" * 1025, 400),
        ("€" * 400, 400),
        ("x" * 5000, 400),
        ("x" * 2**20, 413),
    ):
        bodies = [form | {"password": password}] * (64 if status == 413 else 1)
        for answer in await asyncio.gather(*(post(browser, body) for body in bodies)):
            assert answer.status_code == status
            has_headers(answer)
    assert (await post(browser, form | {"password": "x" * 1024})).status_code == 503


@pytest.mark.parametrize("password", ["pa%00ss", "%ed%a0%80", "%ff", "x%00"])
async def test_LG24_nul_and_surrogates_are_no_password(
    auth: AuthorizationServer, somebody: Somebody, password: str
) -> None:
    browser = auth.browser()
    form = await login_form(browser) | {"identifier": somebody.username}
    content = f"{urlencode(form)}&password={password}"

    answer = await browser.request("POST", LOGIN, content=content, headers=FORM)

    shown(answer, 400)
    assert SESSION not in browser.cookies[HOST]


async def test_LG24_a_password_is_the_same_however_it_is_composed(
    auth: AuthorizationServer,
) -> None:
    """Emoji are fine; NFC at setting and at checking; all of it counts."""
    password = "cafe\u0301 \U0001f511 zanzibar tulip"
    mine = await register(auth, password=password)
    for given, status in (
        ("caf\u00e9 \U0001f511 zanzibar tulip", 303),
        (password, 303),
        ("cafe \U0001f511 zanzibar tulip", 400),
        (password[:-1], 400),
        (password + " ", 400),
        (password.upper(), 400),
    ):
        answer = await try_to_sign_in(auth.browser(), mine.username, given)
        assert answer.status_code == status, given


async def test_LG25_two_hashes_at_a_time_and_fifty_in_all() -> None:
    """The next one is asked to come back, and none is forgotten."""
    passwords = Argon2Passwords()
    running_now, gate = [], threading.Event()

    def work() -> None:
        running_now.append(threading.get_ident())
        gate.wait()

    tasks = [asyncio.create_task(passwords._run(work)) for _ in range(50)]
    try:
        while len(running_now) < 2:
            await asyncio.sleep(0)
        with pytest.raises(TemporarilyUnavailable) as refused:
            await asyncio.wait_for(passwords.verify(None, "x"), 5)
        assert refused.value.retry_after
        assert len(running_now) == 2
    finally:
        gate.set()
    await asyncio.gather(*tasks)
    assert len(running_now) == 50
    assert len(set(running_now)) == 2
    assert not await passwords.verify(None, "x")


async def test_LG25_when_hashes_queue_up_everything_else_works(
    auth: AuthorizationServer, somebody: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = auth.browser()
    monkeypatch.setattr(hashing, "MAX_WAITING", 0)

    answer = await try_to_sign_in(browser, somebody.username, somebody.password)

    shown(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
    assert SESSION not in browser.cookies[HOST]
    assert (await auth.tokens(somebody.browser.copy()))["access_token"]
    for path in ("/healthz", "/oauth/jwks"):
        assert (await auth.http().get(path)).status_code == 200
    monkeypatch.undo()
    answer = await try_to_sign_in(browser, somebody.username, somebody.password)
    assert answer.status_code == 303
