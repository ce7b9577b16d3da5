"""Attacks on the throttle: guessing names and passwords (attacks, 1.3)."""

import asyncio
import re

import httpx
import pytest

from auth_service.crypto.passwords import Argon2Passwords
from tests.builders.auth import ISSUER, token_parameters
from tests.e2e.answers import sent_back, shown
from tests.e2e.attacks.login_page import (
    HOST,
    LOGIN,
    SESSION,
    is_signed_in,
    login_form,
    post,
    try_to_sign_in,
)
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import Somebody, register, with_consent
from tests.e2e.stores import Stores


def without_what_was_sent(answer: httpx.Response) -> tuple[object, ...]:
    """An answer without the name that was typed and the browser's own tokens."""
    headers = {n: v for n, v in answer.headers.items() if n != "x-request-id"}
    text = re.sub(r'(value|data-passkey)="[^"]*"', "", answer.text)
    return answer.status_code, headers.keys(), headers["content-type"], text


async def test_LG15_every_reason_has_the_same_answer(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """Unknown, wrong password, disabled with the right one."""
    disabled = await register(auth)
    stores.run(
        "UPDATE auth.users SET disabled_at = now() WHERE username = %s",
        disabled.username,
    )
    answers = []
    for name, password in (
        ("nobody-here", "wrong password"),
        ("nobody@people.example", "wrong password"),
        ("alice", "wrong password"),
        ("alice@people.example", "wrong password"),
        (disabled.username, "wrong password"),
        (disabled.username, disabled.password),
    ):
        answer = await try_to_sign_in(auth.browser(), name, password)
        shown(answer, 400)
        answers.append(without_what_was_sent(answer))
    assert all(answer == answers[0] for answer in answers)


async def test_LG16_every_reason_costs_the_same_hash(
    auth: AuthorizationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One verification of the same parameters; `make bench-timing` has the times."""
    verified: list[str] = []
    verify = Argon2Passwords._verify

    def noting(self: Argon2Passwords, password_hash: str, password: str) -> bool:
        verified.append(password_hash.rpartition("$")[0].rpartition("$")[0])
        return verify(self, password_hash, password)

    monkeypatch.setattr(Argon2Passwords, "_verify", noting)
    disabled = await register(auth)
    for name in ("nobody-here", "alice", disabled.username):
        before = len(verified)
        shown(await try_to_sign_in(auth.browser(), name, "wrong password"), 400)
        assert len(verified) == before + 1
    assert set(verified) == {"$argon2id$v=19$m=19456,t=2,p=1"}


async def test_LG17_five_wrong_passwords_then_a_wait(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """The wait ends by itself, also for whoever knows the password."""
    mine, browser = await register(auth), auth.browser()
    for _ in range(5):
        answer = await try_to_sign_in(browser, mine.username, "wrong password")
        shown(answer, 400)
    for password in ["wrong password"] * 14 + [mine.password]:
        answer = await try_to_sign_in(browser, mine.username, password)
        shown(answer, 429)
        assert 0 < int(answer.headers["retry-after"]) <= 900
        assert SESSION not in browser.cookies[HOST]
    waits = stores.keys("tries-wait")
    assert all(0 < stores.redis.pttl(key) <= 900_000 for key in waits)
    assert all(
        0 < stores.redis.pttl(key) <= 900_000
        for key in stores.keys("tries")
        if int(str(stores.redis.get(key))) >= 5
    )

    stores.redis.delete(*waits)  # as time does

    answer = await try_to_sign_in(browser, mine.username, mine.password)
    assert answer.status_code == 303
    assert await is_signed_in(browser)


async def test_LG17_each_further_wrong_password_doubles_the_wait(
    auth: AuthorizationServer, stores: Stores
) -> None:
    mine, browser = await register(auth), auth.browser()
    waits = []
    for _ in range(12):
        answer = await try_to_sign_in(browser, mine.username, "wrong password")
        while answer.status_code == 429:
            waits.append(int(answer.headers["retry-after"]))
            stores.redis.delete(*stores.keys("tries-wait"))
            answer = await try_to_sign_in(browser, mine.username, "wrong password")
    assert waits == [15, 30, 60, 120, 240, 480, 900]


async def test_LG18_all_names_of_a_person_count_as_one(
    auth: AuthorizationServer,
) -> None:
    mine, browser = await register(auth), auth.browser()
    name = mine.username
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in name)
    aliases = [
        name.upper(),
        f" {name} ",
        mine.email.upper(),
        wide,
        name.replace("s", "s\u200d", 1),
    ]
    for alias in aliases:
        answer = await try_to_sign_in(browser, alias, "wrong password")
        shown(answer, 400)
    for alias in [*aliases, name, mine.email, name.title(), f"{name}\u00ad"]:
        answer = await try_to_sign_in(browser, alias, "wrong password")
        shown(answer, 429)
    other = auth.browser()
    for alias in aliases:
        answer = await try_to_sign_in(other.copy(), alias, mine.password)
        assert answer.status_code == 303, alias


@pytest.mark.parametrize(
    ("name", "alias"),
    [("DI\u0307dem", "di\u0307dem"), ("ﬁona", "FIONA"), ("Straße", "STRASSE")],
)
async def test_LG18_a_name_that_folds_to_anothers_is_counted_with_it(
    auth: AuthorizationServer, name: str, alias: str
) -> None:
    """Nobody has these names; what is typed counts in its canonical form."""
    browser = auth.browser()
    for given in (name, alias, name, alias, name):
        shown(await try_to_sign_in(browser, given, "wrong password"), 400)
    shown(await try_to_sign_in(browser, alias, "wrong password"), 429)


async def test_LG19_at_most_five_of_a_hundred_at_once_are_evaluated(
    auth: AuthorizationServer,
) -> None:
    mine, browser = await register(auth), auth.browser()
    form = await login_form(browser)
    form |= {"identifier": mine.username, "password": "wrong password"}

    answers = await asyncio.gather(*(post(browser, form) for _ in range(100)))

    statuses = [answer.status_code for answer in answers]
    # A busy machine may answer 503 before it counts a try; it evaluates none more.
    assert set(statuses) <= {400, 429, 503}
    assert statuses.count(400) <= 5
    assert 429 in statuses
    shown(await try_to_sign_in(browser, mine.username, mine.password), 429)


async def test_LG17_many_names_from_one_address_are_throttled(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    """One password on many people: 50 tries, whoever they are."""
    browser = auth.browser()
    form = await login_form(browser)
    form["password"] = "wrong password"
    statuses = []
    for tens in range(6):
        names = [f"someone-{tens}{n}" for n in range(10)]
        tries = (post(browser, form | {"identifier": name}) for name in names)
        statuses += [answer.status_code for answer in await asyncio.gather(*tries)]

    assert statuses.count(400) == 50
    assert statuses.count(429) == 10
    answer = await try_to_sign_in(browser, somebody.username, somebody.password)
    shown(answer, 429)


async def test_LG20_LG27_a_disabled_person_gets_nothing_by_any_way(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """The pending code, the refresh token, the live session, the open pages."""
    mine = await with_consent(auth)
    family = await auth.tokens(mine.browser)
    code = await auth.code(mine.browser)
    consent = await auth.authorize(mine.browser, scope="openid email")
    assert consent.url.startswith(f"{ISSUER}/consent")
    stores.run(
        "UPDATE auth.users SET disabled_at = now() WHERE username = %s", mine.username
    )

    for answer in (
        await auth.token(token_parameters(code)),
        await auth.refresh(family["refresh_token"]),
    ):
        assert answer.status_code == 400
        assert answer.json()["error"] == "invalid_grant"
    assert await auth.introspect(family["access_token"]) == {"active": False}
    page = await auth.authorize(mine.browser.copy())
    assert page.url.startswith(LOGIN)
    assert page.response.status_code == 200
    silent = await auth.authorize(mine.browser.copy(), prompt="none")
    sent_back(silent.response, "login_required")
    shown_again = await mine.browser.get(consent.url)
    assert shown_again.url.startswith(LOGIN)
    skipped = await mine.browser.send(consent, "/consent", action="allow")
    assert skipped.url.startswith(LOGIN)

    stores.run(
        "UPDATE auth.users SET disabled_at = NULL WHERE username = %s", mine.username
    )
    assert await auth.code(mine.browser)


async def test_LG21_an_attacker_locks_nobody_out(auth: AuthorizationServer) -> None:
    """From another address the person signs in, and their session goes on."""
    mine, attacker = await register(auth), auth.browser()
    for _ in range(7):
        answer = await try_to_sign_in(attacker, mine.username, "wrong password")
    shown(answer, 429)

    assert await is_signed_in(mine.browser)
    elsewhere = auth.browser()
    answer = await try_to_sign_in(elsewhere, mine.username, mine.password)
    assert answer.status_code == 303
    shown(await try_to_sign_in(attacker, mine.username, mine.password), 429)


async def test_LG22_a_forged_address_does_not_count(auth: AuthorizationServer) -> None:
    """Nobody is trusted to say who somebody else is, unless it is configured."""
    mine, browser = await register(auth), auth.browser()
    form = await login_form(browser)
    form |= {"identifier": mine.username, "password": "wrong password"}
    statuses = []
    for n in range(8):
        headers = {
            "x-forwarded-for": f"198.51.100.{n}",
            "forwarded": f"for=198.51.100.{n}",
            "x-real-ip": f"198.51.100.{n}",
            "cf-connecting-ip": f"198.51.100.{n}",
        }
        statuses.append((await post(browser, form, headers)).status_code)
    assert statuses == [400] * 5 + [429] * 3
