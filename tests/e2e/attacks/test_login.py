"""Attacks on signing in: the page, the session, the throttle (attacks, 1.3)."""

import asyncio
import json
import re
import threading
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from auth_service.crypto import passwords as hashing
from auth_service.crypto.passwords import Argon2Passwords
from tests.builders.auth import ISSUER, authorize_parameters, token_parameters
from tests.e2e.answers import goes_to, has_code, has_headers, sent_back, shown
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser
from tests.e2e.people import Somebody, register, with_consent
from tests.e2e.stores import Stores
from valetkey.errors import TemporarilyUnavailable
from valetkey.opaque import fingerprint, new_handle

HOST = "id.example"
SESSION, BROWSER = "__Host-valetkey-session", "__Host-valetkey-browser"
LOGIN = f"{ISSUER}/login"
FORM = {"content-type": "application/x-www-form-urlencoded"}


async def login_form(browser: Browser) -> dict[str, str]:
    """The fields of the login page, as this browser was given them."""
    return (await browser.get(LOGIN)).form("/login").fields


async def post(
    browser: Browser,
    form: dict[str, str],
    headers: dict[str, str] | None = None,
    path: str = "/login",
) -> httpx.Response:
    sent = FORM | (headers or {})
    return await browser.request(
        "POST", f"{ISSUER}{path}", content=urlencode(form), headers=sent
    )


async def is_signed_in(browser: Browser) -> bool:
    """Whether the authorization endpoint knows somebody here."""
    query = urlencode(authorize_parameters(prompt="none"))
    answer = await browser.request("GET", f"{ISSUER}/oauth/authorize?{query}")
    told = parse_qs(urlsplit(answer.headers["location"]).query)
    return told.get("error") != ["login_required"]


async def try_to_sign_in(
    browser: Browser, identifier: str, password: str
) -> httpx.Response:
    form = await login_form(browser)
    return await post(browser, form | {"identifier": identifier, "password": password})


# Forms that other sites send.


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
        {"sec-fetch-site": "same-site", "origin": "https://app.id.example"},
        {"sec-fetch-site": "cross-site", "origin": ISSUER},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://id.example"},
        {"origin": f"{ISSUER}.evil.example"},
        {"sec-fetch-site": ""},
    ],
    ids=str,
)
async def test_LG01_a_form_from_another_site_signs_nobody_in(
    auth: AuthorizationServer, somebody: Somebody, headers: dict[str, str]
) -> None:
    """Even with the right token and the right password."""
    browser = auth.browser()
    good = {"identifier": somebody.username, "password": somebody.password}
    form = await login_form(browser) | good

    answer = await post(browser, form, headers)

    shown(answer, 403)
    assert SESSION not in browser.cookies[HOST]
    assert (await post(browser, form, {"origin": ISSUER})).status_code == 303
    assert await is_signed_in(browser)


@pytest.mark.parametrize("token", [None, "", "x", "é", "0" * 64, "\u2028"])
@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "null"}, {"sec-fetch-site": "same-origin", "origin": "null"}],
    ids=["no origin", "null", "same-origin"],
)
async def test_LG01_a_form_without_its_token_signs_nobody_in(
    auth: AuthorizationServer,
    somebody: Somebody,
    token: str | None,
    headers: dict[str, str],
) -> None:
    browser = auth.browser()
    form = await login_form(browser)
    form |= {"identifier": somebody.username, "password": somebody.password}
    form = {**form, "csrf_token": token or ""}
    if token is None:
        del form["csrf_token"]

    shown(await post(browser, form, headers), 403)
    shown(await post(auth.browser(), form, headers), 403)

    assert SESSION not in browser.cookies[HOST]


async def test_LG02_a_token_of_another_browser_or_session_is_refused(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    attacker, victim = auth.browser(), auth.browser()
    good = {"identifier": somebody.username, "password": somebody.password}
    before = await login_form(victim)

    shown(await post(victim, await login_form(attacker) | good), 403)
    assert SESSION not in victim.cookies[HOST]
    assert (await post(victim, before | good)).status_code == 303
    shown(await post(victim, before | good), 403)  # a token from before the sign-in
    assert await is_signed_in(victim)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/json", "multipart/form-data; boundary=x", ""],
)
async def test_LG03_only_a_form_is_read(
    auth: AuthorizationServer, somebody: Somebody, content_type: str
) -> None:
    browser = auth.browser()
    form = await login_form(browser)
    form |= {"identifier": somebody.username, "password": somebody.password}
    for body in (urlencode(form), json.dumps(form)):
        for path in ("/login", "/register", "/consent", "/oauth/logout"):
            answer = await browser.request(
                "POST",
                f"{ISSUER}{path}",
                content=body,
                headers={"content-type": content_type},
            )
            # The register page takes a picture too; neither of these is such a form.
            upload = path == "/register" and "multipart" in content_type
            shown(answer, 400 if upload else 415)
    assert SESSION not in browser.cookies[HOST]


# Cookies and sessions.


async def test_LG04_a_session_id_that_was_there_before_is_worth_nothing(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    """Planted by an attacker, or of an earlier sign-in: both are dead afterwards."""
    planted, browser = new_handle(), auth.browser()
    browser.cookies[HOST] = {SESSION: planted}
    page = await browser.get(LOGIN)
    await somebody.sign_in(browser, page)
    first = browser.cookies[HOST][SESSION]
    page = await browser.get(LOGIN)
    await somebody.sign_in(browser, page)
    second = browser.cookies[HOST][SESSION]

    assert len({planted, first, second}) == 3
    for cookie, known in ((planted, False), (first, False), (second, True)):
        other = auth.browser()
        other.cookies[HOST] = browser.cookies[HOST] | {SESSION: cookie}
        assert await is_signed_in(other) is known


async def test_LG06_cookies_are_for_this_host_https_and_http_alone(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    browser = auth.browser()
    asked = await browser.request("GET", LOGIN)
    good = {"identifier": somebody.username, "password": somebody.password}
    session_only = await post(browser, await login_form(browser) | good)
    good["remember"] = "1"
    remembered = await post(browser, await login_form(browser) | good)

    lines = [
        line
        for answer in (asked, session_only, remembered)
        for line in answer.headers.get_list("set-cookie")
    ]
    assert len(lines) == 3
    for line in lines:
        pair, *attributes = (part.strip().lower() for part in line.split(";"))
        name, _, value = pair.partition("=")
        assert name.startswith("__host-")
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= set(attributes)
        assert not [a for a in attributes if a.startswith("domain")]
        assert len(value) == 43  # 256 bits
    assert "max-age" not in lines[1].lower()
    assert "max-age=86400" in lines[2].lower()


@pytest.mark.parametrize("cookie", ["", "0", "x" * 43, "\t", '"', "a" * 4000, "../x"])
async def test_LG07_a_guessed_or_edited_session_is_nobody(
    auth: AuthorizationServer, somebody: Somebody, cookie: str
) -> None:
    real = somebody.browser.cookies[HOST]
    for forged in (cookie, real[SESSION] + cookie + "A", real[SESSION][:-1]):
        browser = auth.browser()
        browser.cookies[HOST] = real | {SESSION: forged}
        assert not await is_signed_in(browser)
    assert await is_signed_in(somebody.browser.copy())


@pytest.mark.parametrize("cookie", ["", "x", "a" * 42, "a" * 44, '"' + "a" * 41 + '"'])
async def test_LG07_a_browser_is_named_by_us(
    auth: AuthorizationServer, cookie: str
) -> None:
    """A name that anybody could guess would make its tokens guessable."""
    browser = auth.browser()
    browser.cookies[HOST] = {BROWSER: cookie}

    await browser.get(LOGIN)

    assert len(browser.cookies[HOST][BROWSER]) == 43
    assert browser.cookies[HOST][BROWSER] != cookie


async def test_LG07_a_session_of_somebody_is_not_told_by_its_keys(
    auth: AuthorizationServer, somebody: Somebody, stores: Stores
) -> None:
    """Whoever reads Redis gets no cookie out of it."""
    cookie = somebody.browser.cookies[HOST][SESSION]
    browser = auth.browser()
    browser.cookies[HOST] = somebody.browser.cookies[HOST] | {
        SESSION: fingerprint(cookie)
    }

    assert stores.redis.get(f"vk:auth:session:{fingerprint(cookie)}")
    assert cookie not in stores.texts()
    assert not await is_signed_in(browser)


async def test_LG08_no_other_cookie_means_anything(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    browser = auth.browser()
    subject = fingerprint(somebody.username)
    browser.cookies[HOST] = {
        "valetkey-session": somebody.browser.cookies[HOST][SESSION],
        "session": subject,
        "user": somebody.username,
        "verified": subject,
        BROWSER: somebody.browser.cookies[HOST][BROWSER],
    }

    assert not await is_signed_in(browser)


async def test_LG09_a_cookie_is_dead_after_sign_out(auth: AuthorizationServer) -> None:
    mine = await register(auth)
    kept = mine.browser.copy()
    page = await mine.browser.get(f"{ISSUER}/oauth/logout")

    await mine.browser.send(page, "/oauth/logout/confirm", action="sign_out")

    assert not await is_signed_in(kept)
    assert not await is_signed_in(mine.browser)


async def test_LG10_a_new_password_ends_every_other_session_and_family(
    auth: AuthorizationServer,
) -> None:
    mine = await with_consent(auth)
    elsewhere, copy = auth.browser(), mine.browser.copy()
    await mine.sign_in(elsewhere, await elsewhere.get(LOGIN))
    families = [await auth.tokens(b) for b in (mine.browser, elsewhere)]
    page = await mine.browser.get(f"{ISSUER}/account/security")

    await mine.browser.send(
        page,
        "/account/password",
        current_password=mine.password,
        new_password="nine yellow submarines",
    )

    assert not await is_signed_in(elsewhere)
    assert not await is_signed_in(copy)
    assert await is_signed_in(mine.browser)
    for family in families:
        answer = await auth.refresh(family["refresh_token"])
        assert answer.json()["error"] == "invalid_grant"
        assert (await auth.introspect(family["access_token"])) == {"active": False}


@pytest.mark.parametrize(
    ("field", "seconds"), [("last_seen_at", 1800), ("auth_time", 86_400)]
)
async def test_LG11_an_expired_session_stays_expired(
    auth: AuthorizationServer, stores: Stores, field: str, seconds: int
) -> None:
    """Idle or absolute; Redis still having it does not bring it back."""
    mine = await with_consent(auth)
    key = f"vk:auth:session:{fingerprint(mine.browser.cookies[HOST][SESSION])}"
    session = json.loads(str(stores.redis.get(key)))

    def aged(by: int) -> str:
        then = datetime.fromisoformat(session[field]) - timedelta(seconds=by)
        return json.dumps({**session, field: then.isoformat()})

    stores.redis.set(key, aged(seconds - 60), keepttl=True)
    assert await is_signed_in(mine.browser.copy())
    stores.redis.set(key, aged(seconds), keepttl=True)
    for path in ("/", "/login", "/oauth/logout", "/account"):
        page = await mine.browser.get(f"{ISSUER}{path}")
        assert mine.username not in page.response.text
        assert "Some Body" not in page.response.text
        assert not await is_signed_in(mine.browser.copy())


async def test_LG29_many_cookies_or_two_of_a_name(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    """Too many are refused, and of two it is always the same one that counts."""
    real = somebody.browser.cookies[HOST]
    query = urlencode(authorize_parameters(prompt="none"))
    url = f"{ISSUER}/oauth/authorize?{query}"
    good = f"{BROWSER}={real[BROWSER]}; {SESSION}={real[SESSION]}"
    forged = f"{SESSION}={'x' * 43}"
    http = auth.http()

    bomb = "; ".join(f"c{n}={'x' * 300}" for n in range(60))
    refused = await http.get(url, headers={"cookie": f"{good}; {bomb}"})
    assert refused.status_code == 431
    has_headers(refused)
    few = "; ".join(f"c{n}=x" for n in range(60))
    assert has_code(await http.get(url, headers={"cookie": f"{few}; {good}"}))
    for pair in (f"{forged}; {good}", f"{good}; {forged}"):
        codes = [
            has_code(await http.get(url, headers={"cookie": pair})) for _ in range(3)
        ]
        assert len(set(codes)) == 1


# Where it goes afterwards.


@pytest.mark.parametrize(
    "next_path",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%5cevil.example",
        "/%2f%2fevil.example",
        "https:evil.example",
        "https://evil.example/",
        "https:///evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/%09/evil.example",
        " /evil.example",
        "javascript:alert(1)",
        "https://id.example@evil.example",
        "account",
        "/account\r\nX-Injected: 1",
        "/é",
    ],
)
async def test_LG12_next_stays_on_this_site(
    auth: AuthorizationServer, somebody: Somebody, next_path: str
) -> None:
    for path, fields in (
        ("/login", {"identifier": somebody.username, "password": somebody.password}),
        ("/register", None),
    ):
        browser = auth.browser()
        page = await browser.get(f"{ISSUER}{path}", next=next_path)
        assert "evil.example" not in page.response.text
        if fields is None:
            continue
        form = page.form(path).fields | fields | {"next": next_path}
        answer = await post(browser, form, path=path)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/account"
        assert "x-injected" not in answer.headers


async def test_LG12_next_leads_to_a_path_of_ours(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    browser = auth.browser()
    page = await browser.get(LOGIN, next="/account/sessions?x=1")
    form = page.form("/login").fields
    form |= {"identifier": somebody.username, "password": somebody.password}

    answer = await post(browser, form)

    assert answer.headers["location"] == "/account/sessions?x=1"


async def test_LG30_a_password_in_a_query_is_ignored(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    browser = auth.browser()
    form = await login_form(browser)
    form |= {"identifier": somebody.username, "password": somebody.password}
    query = urlencode(form)

    page = await browser.get(f"{LOGIN}?{query}")
    assert page.response.status_code == 200
    assert somebody.password not in page.response.text
    posted = await browser.request("POST", f"{LOGIN}?{query}", content="", headers=FORM)
    shown(posted, 403)
    assert SESSION not in browser.cookies[HOST]
    for method in ("PUT", "DELETE", "HEAD", "OPTIONS"):
        answer = await browser.request(method, f"{LOGIN}?{query}")
        shown(answer, 405)
        assert set(answer.headers["allow"].split(", ")) == {"GET", "POST"}


# Guessing.


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


# Passwords.


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


# Steps.


async def test_LG26_no_step_is_skipped(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    """Empty forms, forms of the next step, and steps without the one before."""
    browser = auth.browser()
    login = await auth.authorize(browser)
    handle, token = login.query["handle"], login.form("/login").fields["csrf_token"]
    for path in ("/login", "/register", "/consent"):
        answer = await browser.request(
            "POST", f"{ISSUER}{path}", content="", headers=FORM
        )
        shown(answer, 403)
    for path, form, status in (
        ("/login", {}, 400),
        ("/login", {"handle": handle}, 400),
        ("/login", {"identifier": somebody.username, "handle": handle}, 400),
        ("/login", {"password": somebody.password, "handle": handle}, 400),
        ("/login", {"action": "cancel"}, 400),
        ("/register", {"handle": handle}, 400),
        ("/consent", {}, 400),
        ("/consent", {"handle": handle}, 400),
        ("/consent", {"handle": handle, "action": "bogus"}, 400),
        ("/consent", {"action": "deny"}, 400),
    ):
        answer = await post(browser, form | {"csrf_token": token}, path=path)
        shown(answer, status)
    for action in ("allow", "switch"):
        form = {"csrf_token": token, "handle": handle, "action": action}
        answer = await post(browser, form, path="/consent")
        goes_to(answer, "/login")
    assert SESSION not in browser.cookies[HOST]
    page = await browser.get(f"{ISSUER}{answer.headers['location']}")
    assert "code" in (await somebody.sign_in(browser, page)).query
