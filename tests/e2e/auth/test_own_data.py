"""Activity, download, language, and the end of an account, over HTTP."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.builders import auth as builder
from tests.builders.sites import site
from tests.e2e.administrators import (
    administrator,
    page,
    provision_app,
    subject_of,
)
from tests.e2e.auth.test_back_channel_logout import OK, heard, told_at
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Page
from tests.e2e.people import Somebody, register, with_consent
from tests.e2e.stores import Stores
from tests.e2e.waiting import until

#: Longer than a sign-in counts as fresh, shorter than a session lasts.
AGES = timedelta(minutes=11)


async def delete(
    auth: AuthorizationServer, who: Somebody, typed: str | None = None
) -> Page:
    asked = await page(auth, who, "/account/delete")
    return await who.browser.send(
        asked, "/account/delete", username=typed or who.username
    )


async def download(auth: AuthorizationServer, who: Somebody) -> Any:
    asked = await page(auth, who, "/account/data")
    found = await who.browser.send(asked, "/account/data")
    kind = found.response.headers["content-disposition"]
    assert kind == 'attachment; filename="valetkey-data.json"'
    assert found.response.headers["cache-control"] == "no-store"
    return json.loads(found.response.text)


async def own_app(auth: AuthorizationServer, stores: Stores, owner: Somebody) -> str:
    app = f"app-of-{owner.username}"
    await provision_app(auth, **builder.client(app, client_secret="s"))
    stores.run(
        "UPDATE auth.clients SET owner = %s WHERE client_id = %s",
        subject_of(stores, owner.username),
        app,
    )
    return app


def sign_in_was_long_ago(stores: Stores, who: Somebody) -> None:
    """Of every session of theirs."""
    subject = subject_of(stores, who.username)
    for key in stores.keys("session"):
        session = json.loads(str(stores.redis.get(key)))
        if session["subject"] == subject:
            session["auth_time"] = (datetime.now(UTC) - AGES).isoformat()
            stores.redis.set(key, json.dumps(session), keepttl=True)


async def test_a_deleted_person_is_gone_and_their_names_are_free(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """But the subject is never given to anybody again (OIDC Core section 2)."""
    somebody = await with_consent(auth)
    before = subject_of(stores, somebody.username)
    gone = await delete(auth, somebody)
    assert gone.url == f"{auth.issuer}/"
    tables = {
        name
        for (name,) in stores.run(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'auth'"
        )
    }
    for name in tables - {"audit_log"}:
        assert before not in str(stores.run(f"SELECT t::text FROM auth.{name} t"))
    assert not stores.redis.smembers(f"vk:auth:sessions-of:{before}")
    again = await register(auth, username=somebody.username, email=somebody.email)
    assert subject_of(stores, somebody.username) != before
    assert (await page(auth, again, "/account/apps")).response.text.count(
        "Web App"
    ) == 0


async def test_the_log_keeps_that_it_happened_and_no_more(
    auth: AuthorizationServer, stores: Stores
) -> None:
    somebody = await with_consent(auth)
    subject = subject_of(stores, somebody.username)
    await delete(auth, somebody)
    rows = stores.run(
        "SELECT event, ip, request_id, detail FROM auth.audit_log WHERE subject = %s"
        " ORDER BY id",
        subject,
    )
    assert rows[-1][0] == "account.deleted"
    assert {(ip, str(detail)) for _, ip, _, detail in rows} == {(None, "{}")}
    kept = str(stores.run("SELECT a::text FROM auth.audit_log a"))
    assert somebody.username not in kept
    assert somebody.email not in kept


async def test_it_must_be_meant(auth: AuthorizationServer, stores: Stores) -> None:
    somebody = await register(auth)
    for typed in ("x", somebody.email):
        asked = await delete(auth, somebody, typed)
        assert asked.response.status_code == 400
        assert 'id="error-username"' in asked.response.text
    assert subject_of(stores, somebody.username)


@pytest.mark.parametrize("path", ["/account/delete", "/account/data"])
async def test_an_old_sign_in_is_not_enough(
    auth: AuthorizationServer, stores: Stores, path: str
) -> None:
    somebody = await register(auth)
    account = await page(auth, somebody, "/account")
    token = account.form("/account/sign-out").fields
    sign_in_was_long_ago(stores, somebody)
    answer = await somebody.browser.request(
        "POST",
        f"{auth.issuer}{path}",
        data={**token, "username": somebody.username},
        headers={"sec-fetch-site": "same-origin"},
    )
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=")
    assert subject_of(stores, somebody.username)


async def test_an_app_that_others_use_has_to_go_to_somebody_first(
    auth: AuthorizationServer, stores: Stores
) -> None:
    owner = await register(auth)
    app = await own_app(auth, stores, owner)
    asked = await page(auth, owner, "/account/delete")
    assert "Nobody else uses these apps" in asked.response.text
    await auth.code((await register(auth)).browser, client_id=app)

    blocked = await owner.browser.send(
        asked, "/account/delete", username=owner.username
    )
    assert blocked.response.status_code == 400
    assert "1 other person uses it" in blocked.response.text
    assert subject_of(stores, owner.username)

    stores.run("DELETE FROM auth.consents WHERE client_id = %s", app)
    await delete(auth, owner)
    found = stores.run("SELECT 1 FROM auth.clients WHERE client_id = %s", app)
    assert not found


async def test_the_last_administrator_stays(
    auth: AuthorizationServer, stores: Stores
) -> None:
    stores.run("UPDATE auth.users SET administrator = false")
    boss = await administrator(auth, stores)
    assert (await delete(auth, boss)).response.status_code == 400
    await administrator(auth, stores)
    assert (await delete(auth, boss)).url == f"{auth.issuer}/"


async def test_apps_hear_of_every_session_that_ends_with_the_account(
    new_database: Callable[..., str], redis_url: str
) -> None:
    """Put down before the rows vanish (OIDC Back-Channel Logout section 2.5)."""
    async with site(OK) as there, told_at(there, new_database(), redis_url) as auth:
        somebody = await register(auth)
        await auth.tokens(somebody.browser)
        await delete(auth, somebody)
        claims = await heard(auth, (await until(lambda: there.requests))[0])
        assert claims["sid"]
        assert claims["sub"]


async def test_an_app_that_was_offered_to_them_is_not_offered_to_the_next(
    auth: AuthorizationServer, stores: Stores
) -> None:
    owner, somebody = await register(auth), await register(auth)
    app = await own_app(auth, stores, owner)
    stores.run(
        "INSERT INTO auth.app_transfers"
        " (client_id, owner, recipient, recipient_canonical) VALUES (%s, %s, %s, %s)",
        app,
        subject_of(stores, owner.username),
        somebody.username,
        somebody.username,
    )
    await delete(auth, somebody)
    assert not stores.run("SELECT 1 FROM auth.app_transfers WHERE client_id = %s", app)


async def test_the_download_has_everything_but_what_opens_the_account(
    auth: AuthorizationServer, stores: Stores
) -> None:
    somebody = await with_consent(auth)
    app = await own_app(auth, stores, somebody)
    found = await download(auth, somebody)
    assert found["profile"]["email"] == somebody.email
    assert [a["client_id"] for a in found["connected_apps"]] == ["web-app"]
    assert [a["client_id"] for a in found["own_apps"]] == [app]
    assert [s["this_one"] for s in found["sessions"]] == [True]
    assert {e["event"] for e in found["activity"]} >= {"sign_up", "data.downloaded"}
    text = json.dumps(found)
    ((password_hash,),) = stores.run(
        "SELECT password_hash FROM auth.users WHERE username = %s", somebody.username
    )
    cookies = [
        value for jar in somebody.browser.cookies.values() for value in jar.values()
    ]
    for secret in ("argon2", password_hash, *cookies):
        assert secret not in text
    for name in ("hash", "secret", "key", "fingerprint", "sid", "token"):
        assert f'"{name}"' not in text


async def test_the_activity_is_ones_own_and_says_no_more_than_a_sentence(
    auth: AuthorizationServer, stores: Stores
) -> None:
    somebody, other = await with_consent(auth), await register(auth)
    shown = await page(auth, somebody, "/account/activity")
    assert "Your account was created." in shown.response.text
    stores.run(
        "INSERT INTO auth.audit_log (event, subject, ip, detail) VALUES"
        " ('person.email_verified', %s, '203.0.113.9', '{\"by\": \"boss\"}'),"
        " ('some.internal', %s, '203.0.113.8', '{}')",
        *[subject_of(stores, somebody.username)] * 2,
    )
    text = (await page(auth, somebody, "/account/activity")).response.text
    assert "An administrator confirmed your e-mail address." in text
    for hidden in ("203.0.113", "boss", "some.internal", "person.email_verified"):
        assert hidden not in text
    theirs = (await page(auth, other, "/account/activity")).response.text
    assert "An administrator" not in theirs


async def test_AU20_the_activity_goes_on_where_a_page_ended(
    auth: AuthorizationServer, stores: Stores
) -> None:
    somebody, other = await register(auth), await register(auth)
    stores.run(
        "INSERT INTO auth.audit_log (event, subject, detail)"
        " SELECT 'profile.changed', %s, '{}' FROM generate_series(1, 70)",
        subject_of(stores, somebody.username),
    )
    shown = await page(auth, somebody, "/account/activity")
    counts, tokens = [], []
    while True:
        counts.append(shown.response.text.count("Your profile was changed."))
        _, found, rest = shown.response.text.partition("/account/activity?page=")
        if not found:
            break
        tokens.append(rest.partition('"')[0])
        shown = await page(auth, somebody, f"/account/activity?page={tokens[-1]}")
    assert counts == [30, 30, 10]
    for who, token in ((other, tokens[0]), (somebody, "1"), (somebody, "x" * 90)):
        refused = await page(auth, who, f"/account/activity?page={token}")
        assert refused.response.status_code == 400


async def test_the_language_that_somebody_chose_is_kept_and_told_to_apps(
    auth: AuthorizationServer,
) -> None:
    somebody = await register(auth)
    asked = await page(auth, somebody, "/account")
    saved = await somebody.browser.send(
        asked, "/account/profile", name="Some Body", locale="en"
    )
    assert '<option value="en" lang="en" selected>' in saved.response.text
    tokens = await auth.tokens(somebody.browser)
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    answer = await auth.http().get("/oauth/userinfo", headers=bearer)
    assert answer.json()["locale"] == "en"
    wrong = await somebody.browser.send(
        await page(auth, somebody, "/account"), "/account/profile", locale="<b>"
    )
    assert wrong.response.status_code == 400


async def test_CN12_an_app_that_is_revoked_is_dead_and_asks_again(
    auth: AuthorizationServer,
) -> None:
    somebody = await register(auth)
    tokens = await auth.tokens(somebody.browser)
    apps = await page(auth, somebody, "/account/apps")
    assert "last used" in apps.response.text
    after = await somebody.browser.send(apps, "/account/apps/revoke")
    assert "Web App" not in after.response.text
    # CN13: whatever is left of it gets nothing.
    answer = await auth.refresh(tokens["refresh_token"])
    assert answer.json()["error"] == "invalid_grant"
    asked = await auth.authorize(somebody.browser)
    assert asked.url.startswith(f"{auth.issuer}/consent")
