"""/admin: who gets in, what the buttons do, and what dies by them."""

import csv
import io
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.builders import auth as builder
from tests.e2e.administrators import administrator, page, provision_app, subject_of
from tests.e2e.aging import age_sign_ins
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import Somebody, register
from tests.e2e.stores import Stores

PAGES = [
    "/admin",
    "/admin/people",
    "/admin/people/new",
    "/admin/apps",
    "/admin/app?client_id=web-app",
    "/admin/resources",
    "/admin/resources/new",
    f"/admin/resource?identifier={builder.API}",
    "/admin/keys",
    "/admin/audit",
    "/admin/audit.csv",
    "/admin/audit.jsonl",
    "/admin/settings",
]
FORMS = {
    "/admin/people/new": {"username": "x", "email": "x@people.example"},
    "/admin/app": {"client_id": "web-app", "change": "suspend"},
    "/admin/resources/new": {"identifier": "https://x.example", "name": "X"},
    "/admin/resource": {"identifier": builder.API, "name": "Mine"},
    "/admin/keys/rotate": {"now": "1"},
    "/admin/keys/remove": {"kid": "none"},
    **{
        f"/admin/people/alice/{change}": {}
        for change in (
            *("disable", "enable", "verify-email", "reset", "end-sessions"),
            *("make-administrator", "unmake-administrator"),
        )
    },
}


async def press(
    auth: AuthorizationServer, who: Somebody, at: str, to: str, **fields: str
) -> tuple[int, str]:
    """Press a button of an administrator's page; the status, and what is said."""
    found = await page(auth, who, at)
    form = found.form(to)
    sent = await who.browser.request(
        "POST",
        f"{auth.issuer}{to}",
        data={**form.fields, **fields},
        headers={"sec-fetch-site": "same-origin"},
    )
    after = await who.browser.follow(sent, f"{auth.issuer}{to}")
    return after.response.status_code, after.response.text


async def change(
    auth: AuthorizationServer, boss: Somebody, subject: str, what: str
) -> int:
    """One of the buttons on a person's page, whether it is shown or not."""
    place = f"/admin/people/{subject}"
    found = await page(auth, boss, place)
    token = found.forms[0].fields["csrf_token"]
    answer = await boss.browser.request(
        "POST",
        f"{auth.issuer}{place}/{what}",
        data={"csrf_token": token},
        headers={"sec-fetch-site": "same-origin"},
    )
    return answer.status_code


@pytest.mark.parametrize("path", PAGES)
async def test_whoever_does_not_administer_finds_nothing(
    auth: AuthorizationServer, path: str
) -> None:
    somebody = await register(auth)

    inside = await page(auth, somebody, path)
    outside = await auth.browser().request("GET", f"{auth.issuer}{path}")

    assert inside.response.status_code == 404
    assert outside.status_code == 303
    assert outside.headers["location"].startswith("/login?")


@pytest.mark.parametrize("path", FORMS)
async def test_whoever_does_not_administer_changes_nothing(
    auth: AuthorizationServer, path: str
) -> None:
    somebody = await register(auth)
    token = (await page(auth, somebody, "/account")).forms[0].fields["csrf_token"]

    answer = await somebody.browser.request(
        "POST",
        f"{auth.issuer}{path}",
        data={**FORMS[path], "csrf_token": token},
        headers={"sec-fetch-site": "same-origin"},
    )

    assert answer.status_code == 404


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_of_another_site_changes_nothing(
    auth: AuthorizationServer, stores: Stores, path: str
) -> None:
    boss = await administrator(auth, stores)
    form = {**FORMS[path], "csrf_token": "of another"}

    forged = [
        await boss.browser.request(
            "POST", f"{auth.issuer}{path}", data=form, headers=headers
        )
        for headers in (
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-origin"},
        )
    ]

    assert [answer.status_code for answer in forged] == [403, 403]


@pytest.mark.parametrize("path", FORMS)
async def test_a_change_needs_a_fresh_sign_in(
    auth: AuthorizationServer, stores: Stores, path: str
) -> None:
    boss = await administrator(auth, stores)
    token = (await page(auth, boss, "/account")).forms[0].fields["csrf_token"]
    age_sign_ins(stores, timedelta(minutes=11))

    looked = await page(auth, boss, "/admin/people")
    answer = await boss.browser.request(
        "POST",
        f"{auth.issuer}{path}",
        data={**FORMS[path], "csrf_token": token},
        headers={"sec-fetch-site": "same-origin"},
    )

    assert looked.response.status_code == 200
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?")


async def test_the_menu_has_an_entry_for_administrators_only(
    auth: AuthorizationServer, stores: Stores
) -> None:
    boss, somebody = await administrator(auth, stores), await register(auth)

    assert 'href="/admin"' in (await page(auth, boss, "/account")).response.text
    assert 'href="/admin"' not in (await page(auth, somebody, "/account")).response.text


@pytest.mark.parametrize(
    "path",
    [
        "/admin/people?order=id%3Bdrop",
        "/admin/people?field=password",
        "/admin/people?page=forged",
        "/admin/people?search=a&search=b",
        "/admin/apps?order=client_secret",
        "/admin/apps?sort=id",
        "/admin/apps?page=e30",
        "/admin/audit?page=MTA",
        "/admin/audit?since=never",
        "/admin/audit?sort=id",
        "/admin/audit.csv?page=1",
        "/admin/app?client_id=web-app&field=x",
        "/admin/resource?name=x",
    ],
)
async def test_AU20_lists_take_only_what_is_on_their_lists(
    auth: AuthorizationServer, stores: Stores, path: str
) -> None:
    boss = await administrator(auth, stores)

    answer = await page(auth, boss, path)

    assert answer.response.status_code == 400


async def test_AU12_a_form_makes_nobody_more_than_it_asks(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """Neither at /register, nor on the profile page, nor in an administrator's form."""
    extra = {
        "administrator": "true",
        "is_admin": "1",
        "email_verified": "true",
        "sub": "chosen",
        "subject": "chosen",
        "disabled": "",
    }
    somebody = await register(auth, **extra)
    profile = await page(auth, somebody, "/account")
    await somebody.browser.send(profile, "/account/profile", name="New Name", **extra)
    boss = await administrator(auth, stores)
    await press(
        auth,
        boss,
        "/admin/people/new",
        "/admin/people/new",
        username="mass-assigned",
        email="mass-assigned@people.example",
        **extra,
    )

    for username in (somebody.username, "mass-assigned"):
        found = stores.run(
            "SELECT administrator, email_verified, subject FROM auth.users"
            " WHERE username = %s",
            username,
        )
        assert found[0][:2] == (False, False)
        assert found[0][2] != "chosen"
    assert (await page(auth, somebody, "/admin")).response.status_code == 404


async def test_AU16_without_mail_the_link_is_shown_once_and_works_once(
    auth: AuthorizationServer, stores: Stores
) -> None:
    boss, somebody = await administrator(auth, stores), await register(auth)
    place = f"/admin/people/{subject_of(stores, somebody.username)}"
    status, text = await press(auth, boss, place, f"{place}/reset")
    (link,) = re.findall(r'value="([^"]+/reset/new\?token=[^"]+)"', text)
    browser, password = auth.browser(), "seven odd elephants in a row"
    chosen = await browser.send(
        await browser.get(link), "/reset/new", new_password=password
    )
    login = await browser.get(f"{auth.issuer}/login")
    inside = await browser.send(
        login, "/login", identifier=somebody.username, password=password
    )

    assert status == 200
    assert chosen.response.status_code == 200
    assert inside.url.endswith("/account")
    assert "token=" not in (await page(auth, boss, place)).response.text
    assert "Macro" not in text
    # AU16: whoever finds the link later gets nowhere.
    again = await auth.browser().get(link)
    assert again.response.status_code == 400
    assert "This link is over" in again.response.text


async def test_the_last_administrator_stays(
    auth: AuthorizationServer, stores: Stores
) -> None:
    boss = await administrator(auth, stores)
    mine = subject_of(stores, boss.username)
    others = stores.run(
        "UPDATE auth.users SET administrator = false"
        " WHERE administrator AND subject <> %s RETURNING subject",
        mine,
    )

    refused = [
        await change(auth, boss, mine, what)
        for what in ("unmake-administrator", "disable")
    ]
    still = (await page(auth, boss, "/admin/people")).response.status_code
    second = await register(auth)
    await change(auth, boss, subject_of(stores, second.username), "make-administrator")
    allowed = await change(auth, boss, mine, "unmake-administrator")
    for (subject,) in others:
        stores.run(
            "UPDATE auth.users SET administrator = true WHERE subject = %s", subject
        )

    assert refused == [409, 409]
    assert still == 200
    assert allowed == 303


async def test_every_change_is_in_the_audit_log(
    auth: AuthorizationServer, stores: Stores
) -> None:
    boss, somebody = await administrator(auth, stores), await register(auth)
    subject, by = (subject_of(stores, who.username) for who in (somebody, boss))
    app = f"audited-{somebody.username}"
    await provision_app(auth, **builder.client(app, client_secret="s"))
    place = f"/admin/app?client_id={app}"

    for what in ("verify-email", "end-sessions", "make-administrator"):
        await change(auth, boss, subject, what)
    for what in ("unmake-administrator", "disable", "enable", "reset"):
        await change(auth, boss, subject, what)
    for what in ("verify", "first-party", "suspend"):
        await press(auth, boss, place, "/admin/app", change=what)
    for what in ("unverify", "third-party", "unsuspend"):
        await press(auth, boss, place, "/admin/app", change=what)

    events = stores.run(
        "SELECT event FROM auth.audit_log WHERE detail ->> 'by' = %s"
        " AND (subject = %s OR client_id = %s) ORDER BY id",
        by,
        subject,
        app,
    )
    assert [event for (event,) in events] == [
        *("person.email_verified", "person.sessions_ended"),
        *("person.made_administrator", "person.unmade_administrator"),
        *("person.disabled", "person.enabled", "person.reset"),
        *("app.verified", "app.first_party", "app.suspended"),
        *("app.unverified", "app.third_party", "app.unsuspended"),
    ]


async def test_the_audit_log_is_filtered_and_exported(
    auth: AuthorizationServer, stores: Stores
) -> None:
    boss = await administrator(auth, stores)
    formula = '=HYPERLINK("https://evil.example","a")'
    stores.run(
        "INSERT INTO auth.audit_log (event, subject, client_id, ip, detail)"
        " SELECT 'exported', 'somebody', %s, '192.0.2.1', '{}'"
        " FROM generate_series(1, 1203)",
        formula,
    )

    async def get(path: str) -> str:
        found = await page(auth, boss, path)
        assert found.response.status_code == 200
        return found.response.text

    rows = list(
        csv.DictReader(io.StringIO(await get("/admin/audit.csv?event=exported")))
    )
    lines = (await get("/admin/audit.jsonl?event=exported")).splitlines()
    nothing = await get("/admin/audit.jsonl?event=exported&until=2001-01-01")
    first = await get("/admin/audit?event=exported")
    link = first.partition("page=")[2].partition('"')[0]
    second = await get(f"/admin/audit?event=exported&page={link}")

    assert len(rows) == len(lines) == 1203
    # A spreadsheet would run what begins like a formula.
    assert {row["client_id"] for row in rows} == {f"'{formula}"}
    assert json.loads(lines[0])["client_id"] == formula
    assert nothing == ""
    assert second.count("<strong><code>exported</code></strong>") == 50


#: How to find out whether something still works, by what it is.
Probe = Callable[[], Awaitable[bool]]


async def living(
    auth: AuthorizationServer, somebody: Somebody, app: str
) -> dict[str, Probe]:
    """All that a person and an app can have here, each alive."""
    asked = {
        "client_id": app,
        "scope": "openid notes:read offline_access",
        "resource": builder.API,
    }
    # Without offline_access it is the session's, with it, it outlives that.
    bound = {**asked, "scope": "openid notes:read"}

    async def exchange(code: str) -> dict[str, str]:
        parameters = builder.token_parameters(code)
        answer = await auth.http().post(
            "/oauth/token", data=parameters, auth=(app, "s")
        )
        told: dict[str, str] = answer.json()
        return told

    offline = await exchange(await auth.code(somebody.browser, **asked))
    online = await exchange(await auth.code(somebody.browser, **bound))
    person = await exchange(
        await auth.code(somebody.browser, client_id=app, scope="openid profile")
    )
    unused = await auth.code(somebody.browser, **asked)

    async def introspected(token: str) -> bool:
        return bool((await auth.introspect(token))["active"])

    async def refreshed(token: str) -> bool:
        form = {"grant_type": "refresh_token", "refresh_token": token}
        answer = await auth.http().post("/oauth/token", data=form, auth=(app, "s"))
        return answer.status_code == 200

    async def told() -> bool:
        bearer = {"authorization": f"Bearer {person['access_token']}"}
        answer = await auth.http().get("/oauth/userinfo", headers=bearer)
        return answer.status_code == 200

    async def new_code() -> bool:
        parameters = builder.authorize_parameters(**asked)
        url = f"{auth.issuer}/oauth/authorize"
        found = await somebody.browser.get(url, **parameters)
        return "code" in parse_qs(urlsplit(found.url).query)

    async def code() -> bool:
        return "access_token" in await exchange(unused)

    async def session() -> bool:
        found = await page(auth, somebody, "/account")
        return found.url.endswith("/account")

    async def own_token() -> bool:
        form = {"grant_type": "client_credentials", "scope": "notes:read"}
        answer = await auth.http().post("/oauth/token", data=form, auth=(app, "s"))
        return answer.status_code == 200

    form = {"grant_type": "client_credentials", "scope": "notes:read"}
    made = await auth.http().post("/oauth/token", data=form, auth=(app, "s"))
    own = made.json()["access_token"]
    return {
        "session": session,
        "access token": lambda: introspected(online["access_token"]),
        "offline access token": lambda: introspected(offline["access_token"]),
        "userinfo": told,
        "app's own access token": lambda: introspected(own),
        "app's own new token": own_token,
        "new code": new_code,
        "refresh token": lambda: refreshed(online["refresh_token"]),
        "offline refresh token": lambda: refreshed(offline["refresh_token"]),
        # Last: a code that is refused revokes nothing, one that is used is used.
        "code": code,
    }


OF_A_PERSON = {
    *("session", "access token", "offline access token", "userinfo", "new code"),
    *("refresh token", "offline refresh token", "code"),
}
OF_AN_APP = {
    *("access token", "offline access token", "userinfo", "new code", "code"),
    *("refresh token", "offline refresh token"),
    *("app's own access token", "app's own new token"),
}
OF_A_SESSION = {
    "session",
    "access token",
    "userinfo",
    "new code",
    "refresh token",
    "code",
}


@pytest.mark.parametrize(
    ("what", "dies"),
    [
        ("nothing", set()),
        ("disable the person", OF_A_PERSON),
        ("suspend the app", OF_AN_APP),
        ("force a new password", OF_A_PERSON),
        ("end every session", OF_A_SESSION),
        ("verify the app", set()),
    ],
)
async def test_what_dies_dies_everywhere_at_once(
    auth: AuthorizationServer, stores: Stores, what: str, dies: set[str]
) -> None:
    """Each cause against each thing: alive before, and then dead or alive."""
    boss, somebody = await administrator(auth, stores), await register(auth)
    subject, app = subject_of(stores, somebody.username), f"dies-{somebody.username}"
    grants = ["authorization_code", "refresh_token", "client_credentials"]
    await provision_app(
        auth, **builder.client(app, client_secret="s", grant_types=grants)
    )
    things = await living(auth, somebody, app)

    causes = {
        "disable the person": "disable",
        "force a new password": "reset",
        "end every session": "end-sessions",
    }
    if what in causes:
        assert await change(auth, boss, subject, causes[what]) in {200, 303}
    elif what != "nothing":
        name = what.partition(" ")[0]
        place = f"/admin/app?client_id={app}"
        status, _ = await press(auth, boss, place, "/admin/app", change=name)
        assert status == 200

    after = {name: await works() for name, works in things.items()}
    assert {name for name, works in after.items() if not works} == dies


async def test_what_was_ended_stays_ended(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """Whoever is enabled again signs in anew; nothing that a thief has lives on."""
    boss, somebody = await administrator(auth, stores), await register(auth)
    subject, app = subject_of(stores, somebody.username), f"ended-{somebody.username}"
    grants = ["authorization_code", "refresh_token", "client_credentials"]
    await provision_app(
        auth, **builder.client(app, client_secret="s", grant_types=grants)
    )
    things = await living(auth, somebody, app)

    await change(auth, boss, subject, "disable")
    await change(auth, boss, subject, "enable")

    after = {name: await works() for name, works in things.items()}
    assert {name for name, works in after.items() if not works} == OF_A_PERSON
