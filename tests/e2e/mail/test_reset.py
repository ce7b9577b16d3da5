"""A new password for who forgot theirs: nobody learns of it, nobody else gets in."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpx
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.builders.auth import token_parameters
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser, Page
from tests.e2e.mailbox import letters_to, next_letter
from tests.e2e.people import Somebody, register
from tests.e2e.stores import Stores

_here: ContextVar[bool] = ContextVar("here", default=False)
NEW = "nine yellow submarines"
SESSION = "__Host-valetkey-session"


async def ask(
    mailing: AuthorizationServer, identifier: str, browser: Browser | None = None
) -> Page:
    """Fill in "Forgot your password?"."""
    browser = browser or mailing.browser()
    page = await browser.get(f"{mailing.issuer}/reset")
    return await browser.send(page, "/reset", identifier=identifier)


async def link(mailing: AuthorizationServer, who: Somebody, *, n: int = 2) -> str:
    """The link of the newest letter; the first was to register."""
    letter = await next_letter(mailing, who.email, n=n)
    return letter.link("/reset/new")


async def choose(
    mailing: AuthorizationServer, url: str, new: str = NEW, **fields: str
) -> Page:
    """Open a link in a browser that nobody used, and choose."""
    browser = mailing.browser()
    page = await browser.get(url)
    return await browser.send(page, "/reset/new", new_password=new, **fields)


async def can_sign_in(
    mailing: AuthorizationServer, who: Somebody, password: str
) -> bool:
    browser = mailing.browser()
    page = await browser.get(f"{mailing.issuer}/login")
    await browser.send(page, "/login", identifier=who.username, password=password)
    return SESSION in browser.cookies["id.example"]


@pytest.mark.parametrize("by", ["username", "email"])
async def test_the_link_changes_the_password_and_signs_nobody_in(
    mailing: AuthorizationServer, by: str
) -> None:
    somebody = await register(mailing)
    await ask(mailing, getattr(somebody, by).upper())

    browser = mailing.browser()
    page = await browser.get(await link(mailing, somebody))
    assert somebody.username in page.response.text
    page = await browser.send(page, "/reset/new", new_password=NEW)

    assert "Your password is changed" in page.response.text
    assert SESSION not in browser.cookies["id.example"]
    assert await can_sign_in(mailing, somebody, NEW)
    assert not await can_sign_in(mailing, somebody, somebody.password)
    told = await next_letter(mailing, somebody.email, n=3)
    assert told.subject == "Your password was changed"


async def test_a_reset_ends_every_session_and_every_family(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    somebody = await register(mailing)
    other = mailing.browser()
    await somebody.sign_in(other, await other.get(f"{mailing.issuer}/login"))
    code = await mailing.code(somebody.browser)
    tokens = (await mailing.token(token_parameters(code))).json()
    waiting = await mailing.code(other)
    await ask(mailing, somebody.username)

    await choose(mailing, await link(mailing, somebody))

    for browser in (somebody.browser, other):
        page = await browser.get(f"{mailing.issuer}/account")
        assert page.url.startswith(f"{mailing.issuer}/login")
    assert (await mailing.refresh(tokens["refresh_token"])).status_code == 400
    assert (await mailing.token(token_parameters(waiting))).status_code == 400
    assert (await mailing.introspect(tokens["access_token"])) == {"active": False}
    # Nothing else is gone: what was allowed, and that the address is proven.
    assert kept.run(
        "SELECT count(*) > 0, bool_and(u.email_verified) FROM auth.consents c"
        " JOIN auth.users u USING (subject) WHERE u.email = %s",
        somebody.email,
    ) == [(True, True)]


@contextmanager
def statements_into(seen: list[str]) -> Iterator[None]:
    """Note what is asked of the database from here, and not by work beside it."""
    here = _here.set(True)

    def note(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
        if _here.get():
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        _here.reset(here)


async def test_AU02_the_answer_is_the_same_for_whoever_is_not_there(
    mailing: AuthorizationServer,
) -> None:
    somebody = await register(mailing)
    known = await ask(mailing, somebody.email)
    for identifier in ("nobody@people.example", "nobody", "é" * 300, "x" * 4000, "@"):
        unknown = await ask(mailing, identifier)
        assert unknown.response.status_code == known.response.status_code
        assert unknown.response.text == known.response.text
        assert set(unknown.response.headers) == set(known.response.headers)
    assert not await letters_to(mailing, "nobody@people.example")


async def test_AU02_the_answer_takes_the_same_work(
    mailing: AuthorizationServer,
) -> None:
    """Who it is for is looked up later; `make bench-timing` measures the times."""
    somebody = await register(mailing)
    done: dict[str, list[str]] = {somebody.email: [], "nobody@people.example": []}
    for identifier, statements in done.items():
        browser = mailing.browser()
        page = await browser.get(f"{mailing.issuer}/reset")
        form = page.form("/reset").fields | {"identifier": identifier}
        with statements_into(statements):
            await browser.request(
                "POST",
                f"{mailing.issuer}/reset",
                data=form,
                headers={"sec-fetch-site": "same-origin"},
            )
    known, unknown = done.values()
    assert known == unknown


async def test_AU03_the_link_leads_to_the_issuer_whatever_the_request_says(
    mailing: AuthorizationServer,
) -> None:
    somebody, browser = await register(mailing), mailing.browser()
    page = await browser.get(f"{mailing.issuer}/reset")
    fields = page.form("/reset").fields | {"identifier": somebody.username}
    same = {"sec-fetch-site": "same-origin"}
    for host in ("evil.example", "id.example.evil.example", "id.example@evil.example"):
        refused = await browser.request(
            "POST",
            f"{mailing.issuer}/reset",
            data=fields,
            headers={**same, "host": host},
        )
        assert refused.status_code == 421
    for name, value in (
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("forwarded", "host=evil.example;proto=http"),
    ):
        answer = await browser.request(
            "POST",
            f"{mailing.issuer}/reset",
            data=fields,
            headers={**same, name: value},
        )
        assert answer.status_code == 303
    await next_letter(mailing, somebody.email, n=4)
    for letter in (await letters_to(mailing, somebody.email))[:3]:
        assert letter.link("/reset/new").startswith(f"{mailing.issuer}/reset/new?")
        assert "evil" not in letter.text


async def test_AU05_of_twenty_who_use_a_link_at_once_one_wins(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    somebody = await register(mailing)
    await ask(mailing, somebody.username)
    browser = mailing.browser()
    page = await browser.get(await link(mailing, somebody))
    fields = page.form("/reset/new").fields

    async def send(n: int) -> httpx.Response:
        return await browser.copy().request(
            "POST",
            f"{mailing.issuer}/reset/new",
            data=fields | {"new_password": f"{NEW} {n}"},
            headers={"sec-fetch-site": "same-origin"},
        )

    answers = await asyncio.gather(*(send(n) for n in range(20)))

    won = [n for n, a in enumerate(answers) if a.status_code == 303]
    assert len(won) == 1
    assert {a.status_code for a in answers} <= {303, 400, 503}
    assert await can_sign_in(mailing, somebody, f"{NEW} {won[0]}")
    again = await browser.send(page, "/reset/new", new_password=NEW)
    assert again.response.status_code == 400
    assert kept.run(
        "SELECT count(*) FROM auth.audit_log WHERE event = 'password.reset'"
        " AND subject = (SELECT subject FROM auth.users WHERE email = %s)",
        somebody.email,
    ) == [(1,)]


async def test_AU06_a_link_is_for_the_person_whose_it_is(
    mailing: AuthorizationServer,
) -> None:
    """Whoever else the form names."""
    alice, bob = await register(mailing), await register(mailing)
    await ask(mailing, bob.username)
    page = await choose(
        mailing,
        await link(mailing, bob),
        username=alice.username,
        identifier=alice.username,
        email=alice.email,
        subject="alice",
    )
    assert "is changed" in page.response.text
    assert await can_sign_in(mailing, alice, alice.password)
    assert not await can_sign_in(mailing, alice, NEW)
    assert await can_sign_in(mailing, bob, NEW)


async def test_AU06_a_link_for_one_purpose_is_none_for_another(
    mailing: AuthorizationServer,
) -> None:
    somebody = await register(mailing)
    page = await somebody.browser.get(f"{mailing.issuer}/account/email")
    new = f"new-{somebody.email}"
    await somebody.browser.send(page, "/account/email", email=new)
    letter = await next_letter(mailing, new)
    token = letter.link("/confirm-address").partition("=")[2]
    page = await mailing.browser().get(f"{mailing.issuer}/reset/new?token={token}")
    assert "link is over" in page.response.text
    await ask(mailing, somebody.username)
    token = (await link(mailing, somebody, n=3)).partition("=")[2]
    page = await somebody.browser.get(f"{mailing.issuer}/confirm-address?token={token}")
    assert "link is over" in page.response.text


async def test_AU08_the_token_is_not_in_the_address_of_any_page(
    mailing: AuthorizationServer,
) -> None:
    """And no page of it loads anything from elsewhere."""
    somebody = await register(mailing)
    await ask(mailing, somebody.username)
    browser, url = mailing.browser(), await link(mailing, somebody)
    first = await browser.request("GET", url)
    assert (first.status_code, first.headers["location"]) == (303, "/reset/new")
    page = await browser.follow(first, url)
    assert page.url == f"{mailing.issuer}/reset/new"
    assert page.response.headers["referrer-policy"] == "no-referrer"
    assert page.response.headers["cache-control"] == "no-store"
    policy = page.response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    sources = re.findall(r'(?:src|href)="(.*?)"', page.response.text)
    assert all(source.startswith("/") for source in sources)
    done = await browser.send(page, "/reset/new", new_password=NEW)
    assert "__Host-valetkey-letter" not in browser.cookies["id.example"]
    assert done.url == f"{mailing.issuer}/reset/done"


@pytest.mark.parametrize("token", ["", "x" * 43, "alice"])
async def test_AU09_no_new_password_without_a_link(
    mailing: AuthorizationServer, token: str
) -> None:
    somebody = await register(mailing)
    await ask(mailing, somebody.username)
    browser = mailing.browser()
    page = await browser.get(f"{mailing.issuer}/reset")
    csrf = page.form("/reset").fields["csrf_token"]
    answer = await browser.request(
        "POST",
        f"{mailing.issuer}/reset/new",
        data={
            "csrf_token": csrf,
            "token": token,
            "new_password": NEW,
            "username": somebody.username,
        },
        headers={"sec-fetch-site": "same-origin"},
    )
    assert answer.status_code == 400
    assert await can_sign_in(mailing, somebody, somebody.password)


async def test_AU10_a_flood_of_resets_ends_and_nobody_can_tell(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    """Three in an hour for one account, from however many addresses."""
    somebody = await register(mailing)
    first = await ask(mailing, somebody.username)
    for n in range(20):
        page = await ask(mailing, somebody.email if n % 2 else somebody.username)
        assert page.response.status_code == 200
        assert page.response.text == first.response.text
    await next_letter(mailing, somebody.email, n=4)
    while kept.redis.zcard("vk:auth:errands"):
        await asyncio.sleep(0.02)
    assert len(await letters_to(mailing, somebody.email)) == 1 + 3


async def test_AU10_ten_in_an_hour_from_one_address(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    people = [await register(mailing) for _ in range(12)]
    browser = mailing.browser("203.0.113.77")
    answers = [await ask(mailing, who.username, browser) for who in people]
    assert len({page.response.text for page in answers}) == 1
    await next_letter(mailing, people[9].email, n=2)
    while kept.redis.zcard("vk:auth:errands"):
        await asyncio.sleep(0.02)
    counts = [len(await letters_to(mailing, who.email)) for who in people]
    assert counts == [2] * 10 + [1] * 2


async def test_AU15_looking_at_the_link_uses_nothing_up(
    mailing: AuthorizationServer,
) -> None:
    somebody = await register(mailing)
    await ask(mailing, somebody.username)
    url = await link(mailing, somebody)
    for _ in range(3):
        await mailing.http().head(url)
        page = await mailing.browser().get(url)
        assert page.response.status_code == 200
    assert "is changed" in (await choose(mailing, url)).response.text


async def test_AU17_a_bad_password_leaves_the_link_good(
    mailing: AuthorizationServer,
) -> None:
    somebody = await register(mailing)
    await ask(mailing, somebody.username)
    url = await link(mailing, somebody)
    for bad, reason in (
        ("password", "easy to guess"),
        ("7chars!", "at least 8"),
        ("x7$" * 341 + "zz", "too long"),
        (somebody.username, "easy to guess"),
    ):
        page = await choose(mailing, url, bad)
        assert page.response.status_code == 400
        assert reason in page.response.text
    assert "is changed" in (await choose(mailing, url)).response.text


async def test_AU19_an_old_link_is_void_after_the_address_changed(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    somebody = await register(mailing)
    await ask(mailing, somebody.username)
    url = await link(mailing, somebody)
    kept.run(
        "UPDATE auth.users SET email = 'x' || email, email_canonical = 'x' ||"
        " email_canonical WHERE email = %s",
        somebody.email,
    )
    page = await mailing.browser().get(url)
    assert page.response.status_code == 400
    assert "link is over" in page.response.text


async def test_a_link_is_void_after_the_password_changed_otherwise(
    mailing: AuthorizationServer,
) -> None:
    somebody = await register(mailing)
    for n in (2, 3):
        await ask(mailing, somebody.username)
        first = await link(mailing, somebody, n=n)
        if n == 2:
            old = first
    assert "is changed" in (await choose(mailing, first)).response.text
    page = await mailing.browser().get(old)
    assert "link is over" in page.response.text


async def test_a_disabled_person_gets_no_letter(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    somebody = await register(mailing)
    await ask(mailing, somebody.username)
    url = await link(mailing, somebody)
    kept.run(
        "UPDATE auth.users SET disabled_at = now() WHERE email = %s", somebody.email
    )
    await ask(mailing, somebody.username)
    while kept.redis.zcard("vk:auth:errands"):
        await asyncio.sleep(0.02)
    assert len(await letters_to(mailing, somebody.email)) == 2
    assert "link is over" in (await mailing.browser().get(url)).response.text


async def test_a_server_without_mail_says_so(auth: AuthorizationServer) -> None:
    page = await auth.browser().get(f"{auth.issuer}/reset")
    assert "This server sends no mail" in page.response.text
    assert not page.forms
    assert (await auth.http().get("/dev/mail")).status_code == 404
