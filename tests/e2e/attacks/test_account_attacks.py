"""Attacks on registering and on a person's own account (attacks, 1.17)."""

import httpx
import pytest

from tests.builders.auth import ISSUER, authorize_parameters
from tests.e2e.answers import goes_to, has_headers, shown
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser
from tests.e2e.people import Somebody, register
from tests.e2e.stores import Stores

SAME_ORIGIN = {"sec-fetch-site": "same-origin", "origin": "null"}
EVIL_HEADERS = {
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "http",
    "x-forwarded-prefix": "/evil.example",
    "x-original-url": "https://evil.example/",
    "forwarded": "host=evil.example;proto=http",
}


def new_person(**changes: str) -> dict[str, str]:
    return {
        "username": "mallory",
        "email": "mallory@people.example",
        "password": "four green umbrellas",
        "name": "Mallory",
        **changes,
    }


async def sign_up(
    browser: Browser, form: dict[str, str], headers: dict[str, str] = SAME_ORIGIN
) -> httpx.Response:
    page = await browser.get(f"{ISSUER}/register")
    fields = page.form("/register").fields | form
    return await browser.request(
        "POST", f"{ISSUER}/register", data=fields, headers=headers
    )


@pytest.mark.parametrize(
    "hosts",
    [
        ["evil.example"],
        ["evil.example", "id.example"],
        ["id.example", "evil.example"],
        ["id.example", "id.example"],
        ["id.example.evil.example"],
        ["id.example@evil.example"],
        ["evil.example:443"],
        ["localhost"],
        [""],
    ],
    ids=str,
)
async def test_AU03_another_host_is_misdirected(
    auth: AuthorizationServer, hosts: list[str]
) -> None:
    """One name, the issuer's; in production not even a loopback one."""
    async with auth.http() as http:
        for path in ("/", "/register", "/.well-known/openid-configuration"):
            request = http.build_request("GET", path)
            request.headers = httpx.Headers([("host", host) for host in hosts])
            answer = await http.send(request)
            assert answer.status_code == 421
            assert "location" not in answer.headers
            assert "evil.example" not in answer.text
            has_headers(answer)
        assert (await http.get("/register")).status_code == 200


async def test_AU03_no_host_is_misdirected(auth: AuthorizationServer) -> None:
    async with auth.http() as http:
        request = http.build_request("GET", "/register")
        request.headers = httpx.Headers()
        assert (await http.send(request)).status_code == 421


async def test_AU03_every_address_is_built_from_the_issuer(
    auth: AuthorizationServer,
) -> None:
    async with auth.http() as http:
        for path, parameters in (
            ("/", {}),
            ("/login", {}),
            ("/register", {}),
            ("/account", {}),
            ("/oauth/authorize", authorize_parameters()),
            ("/.well-known/openid-configuration", {}),
            ("/.well-known/oauth-authorization-server", {}),
        ):
            plain = await http.get(path, params=parameters)
            answer = await http.get(path, params=parameters, headers=EVIL_HEADERS)
            assert answer.status_code == plain.status_code
            assert "evil.example" not in answer.text + str(answer.headers)
            assert "http://id.example" not in answer.text + str(answer.headers)
    documents = await http_json(auth, "/.well-known/openid-configuration")
    assert documents["issuer"] == ISSUER


async def http_json(auth: AuthorizationServer, path: str) -> dict[str, object]:
    answer = (await auth.http().get(path, headers=EVIL_HEADERS)).json()
    assert isinstance(answer, dict)
    return answer


@pytest.mark.parametrize(
    "host",
    ["a/?x=", "id.example/?x=", "id.example/account?", "id.example#", "id.example\\@a"],
)
async def test_AU04_a_path_in_the_host_is_misdirected(
    auth: AuthorizationServer, host: str
) -> None:
    for path in ("/account", "/apps", "/oauth/token"):
        answer = await auth.http().get(path, headers={"host": host})
        assert answer.status_code == 421
        assert "location" not in answer.headers


@pytest.mark.parametrize(
    "email",
    [
        "a@b.example\r\nBcc: evil@evil.example",
        "a@b.example\nBcc: evil@evil.example",
        "a@b.example%0d%0aBcc:evil",
        "a@b.example,evil@evil.example",
        "a@b.example;evil@evil.example",
        "a b@b.example",
        "<a@b.example>",
        "Alice <a@b.example>",
        "a\u2028@b.example",
        "a@",
        "@b.example",
        "a@b",
        "a@[127.0.0.1]",
        "a@" + "b" * 250 + ".example",
    ],
)
async def test_AU11_what_is_no_address_is_refused(
    auth: AuthorizationServer, stores: Stores, email: str
) -> None:
    browser, before = auth.browser(), stores.counts()

    answer = await sign_up(browser, new_person(email=email))

    shown(answer, 400)
    assert "does not look like an e-mail address" in answer.text
    assert "bcc" not in answer.headers
    assert not stores.changes_since(before)


async def test_AU12_what_the_form_does_not_ask_is_ignored(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """Registering, and changing the profile."""
    extra = {
        "email_verified": "true",
        "is_admin": "1",
        "role": "admin",
        "sub": "alice",
        "subject": "alice",
        "disabled_at": "2020-01-01",
        "valid_after": "2099-01-01",
        "password_hash": "x",
        "picture_id": "x",
    }
    mine = await register(auth, **extra)

    def row() -> object:
        return stores.run(
            "SELECT subject, username, email_verified, disabled_at, valid_after,"
            " picture_id, password_hash FROM auth.users WHERE email = %s",
            mine.email,
        )

    ((subject, username, verified, disabled, valid_after, picture, password),) = row()
    assert subject != "alice"
    assert username == mine.username
    assert (verified, disabled, valid_after, picture) == (False, None, None, None)
    assert password.startswith("$argon2id$")
    before = row()
    page = await mine.browser.get(f"{ISSUER}/account")
    await mine.browser.send(page, "/account/profile", **extra, username="alice2")
    assert row() == before


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("password", "easy to guess"),
        ("12345678", "easy to guess"),
        ("mallory1", "easy to guess"),
        ("7chars!", "at least 8"),
        ("é" * 7, "at least 8"),
        ("x7$" * 341 + "zz", "too long"),
        ("€" * 342, "too long"),
        ("", "at least 8"),
    ],
)
async def test_AU17_a_bad_password_is_refused_with_its_reason(
    auth: AuthorizationServer, stores: Stores, password: str, reason: str
) -> None:
    """At registering and at changing; the password is not sent back."""
    browser, before = auth.browser(), stores.counts()
    answer = await sign_up(browser, new_person(password=password))
    shown(answer, 400)
    assert reason in answer.text
    assert not password or f'value="{password}"' not in answer.text
    assert not stores.changes_since(before)

    mine = await register(auth)
    page = await mine.browser.get(f"{ISSUER}/account/security")
    changed = await mine.browser.send(
        page,
        "/account/password",
        current_password=mine.password,
        new_password=password if password != "mallory1" else f"{mine.username}",
    )
    shown(changed.response, 400)
    assert reason in changed.response.text
    browser = auth.browser()
    await mine.sign_in(browser, await browser.get(f"{ISSUER}/login"))
    assert "__Host-valetkey-session" in browser.cookies["id.example"]


async def test_AU17_the_limits_themselves_are_fine(auth: AuthorizationServer) -> None:
    for n, password in enumerate(("kq7#mzp2", "tulip zebra " * 85 + "Zq7!")):
        assert len(password.encode()) in {8, 1024}
        form = new_person(
            username=f"limits{n}", email=f"l{n}@people.example", password=password
        )
        goes_to(await sign_up(auth.browser(), form), "/account")


async def test_AU18_a_password_is_changed_by_its_owner_alone(
    auth: AuthorizationServer,
) -> None:
    """Not by another site, not without the token, not without the current one."""
    mine = await register(auth)
    page = await mine.browser.get(f"{ISSUER}/account/security")
    form = page.form("/account/password").fields
    new = {"new_password": "nine yellow submarines"}
    good = form | new | {"current_password": mine.password}
    for fields, headers, status in (
        (good, {"sec-fetch-site": "cross-site"}, 403),
        (good, {"origin": "https://evil.example"}, 403),
        (good, {"origin": "null"}, 403),
        (good | {"csrf_token": "x"}, SAME_ORIGIN, 403),
        ({**new, "current_password": mine.password}, SAME_ORIGIN, 403),
        (form | new, SAME_ORIGIN, 403),
        (form | new | {"current_password": ""}, SAME_ORIGIN, 403),
        (form | new | {"current_password": "wrong password"}, SAME_ORIGIN, 403),
    ):
        answer = await mine.browser.request(
            "POST", f"{ISSUER}/account/password", data=fields, headers=headers
        )
        shown(answer, status)
    nobody = await auth.browser().request(
        "POST", f"{ISSUER}/account/password", data=good, headers=SAME_ORIGIN
    )
    goes_to(nobody, "/login")

    browser = auth.browser()
    await mine.sign_in(browser, await browser.get(f"{ISSUER}/login"))
    assert "__Host-valetkey-session" in browser.cookies["id.example"]
    changed = await mine.browser.request(
        "POST", f"{ISSUER}/account/password", data=good, headers=SAME_ORIGIN
    )
    assert changed.status_code == 303


async def test_AU18_guessing_the_current_password_is_throttled(
    auth: AuthorizationServer,
) -> None:
    """A stolen session is no way around the throttle of the login page."""
    mine = await register(auth)
    page = await mine.browser.get(f"{ISSUER}/account/security")
    statuses = []
    for _ in range(7):
        answer = await mine.browser.send(
            page,
            "/account/password",
            current_password="wrong password",
            new_password="nine yellow submarines",
        )
        statuses.append(answer.response.status_code)
    assert statuses == [403] * 5 + [429] * 2


async def test_a_registration_from_another_site_is_refused(
    auth: AuthorizationServer, stores: Stores
) -> None:
    before = stores.counts()
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example"},
    ):
        shown(await sign_up(auth.browser(), new_person(), headers), 403)
    form = new_person(csrf_token="x")
    shown(await sign_up(auth.browser(), form), 403)
    assert not stores.changes_since(before)


async def test_nobody_takes_anothers_name(
    auth: AuthorizationServer, somebody: Somebody, stores: Stores
) -> None:
    """In whatever letters: a name is compared in its canonical form."""
    before = stores.counts()
    for changes in (
        {"username": somebody.username.upper()},
        {"email": somebody.email.upper()},
        {"email": f" {somebody.email} "},
    ):
        answer = await sign_up(auth.browser(), new_person(**changes))
        shown(answer, 400)
        assert "Somebody uses this already" in answer.text
    for username in (
        "a",
        "a@b.example",
        "-x-",
        "x" * 41,
        "a b",
        "<b>",
        "../x",
        "é\u202e",
    ):
        answer = await sign_up(auth.browser(), new_person(username=username))
        shown(answer, 400)
        assert "<b>" not in answer.text
    assert not stores.changes_since(before)
