"""Attacks on consent (attacks, 1.4)."""

import asyncio
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from auth_service.provision import Provision
from auth_service.storage.postgres.engine import connect
from tests.builders import auth as builder
from tests.builders.auth import ISSUER, token_parameters
from tests.e2e.answers import goes_to, has_code, sent_back, shown
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser, Page
from tests.e2e.hearing import changed
from tests.e2e.people import Somebody, register, with_consent
from tests.e2e.stores import Stores

CONSENT = f"{ISSUER}/consent"
SAME_ORIGIN = {"sec-fetch-site": "same-origin", "origin": "null"}


async def provision(auth: AuthorizationServer, client_id: str, **changes: str) -> None:
    """An app with metadata of its own, or another state of one."""
    engine = connect(auth.settings.database_url.get_secret_value())
    app = builder.client(client_id, client_secret=None, **changes)
    await Provision(engine).run({"clients": [app]})
    await engine.dispose()
    changed()


async def at_consent(
    auth: AuthorizationServer, browser: Browser, **changes: str
) -> Page:
    page = await auth.authorize(browser, **changes)
    assert page.url.startswith(f"{CONSENT}?handle="), page.url
    return page


async def post(
    browser: Browser, form: dict[str, str], headers: dict[str, str] = SAME_ORIGIN
) -> httpx.Response:
    return await browser.request("POST", CONSENT, data=form, headers=headers)


async def to_the_end(browser: Browser, answer: httpx.Response) -> httpx.Response:
    """Where an answer leads within our own site."""
    return (await browser.follow(answer, CONSENT)).response


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
    ids=str,
)
async def test_CN01_a_yes_from_another_site_is_refused(
    auth: AuthorizationServer, stores: Stores, headers: dict[str, str]
) -> None:
    mine = await register(auth)
    page = await at_consent(auth, mine.browser)
    form = page.form("/consent").fields | {"action": "allow", "approve": "1"}
    before = stores.counts()

    shown(await post(mine.browser, form, headers), 403)

    assert not stores.changes_since(before)
    answer = await to_the_end(mine.browser, await post(mine.browser, form))
    assert has_code(answer)


@pytest.mark.parametrize("token", [None, "", "x", "0" * 64])
async def test_CN01_a_yes_without_its_token_is_refused(
    auth: AuthorizationServer, stores: Stores, token: str | None
) -> None:
    """Made up, missing, or of another browser."""
    mine, attacker = await register(auth), await register(auth)
    page = await at_consent(auth, mine.browser)
    other = await at_consent(auth, attacker.browser)
    form = page.form("/consent").fields | {"action": "allow"}
    before = stores.counts()

    foreign = other.form("/consent").fields["csrf_token"]
    for forged in (token, foreign):
        fields = form | {"csrf_token": forged or ""}
        if forged is None:
            del fields["csrf_token"]
        shown(await post(mine.browser, fields), 403)

    assert not stores.changes_since(before)
    assert has_code(await to_the_end(mine.browser, await post(mine.browser, form)))


async def test_CN01_a_link_allows_nothing(
    auth: AuthorizationServer, stores: Stores
) -> None:
    mine = await register(auth)
    page = await at_consent(auth, mine.browser)
    form = page.form("/consent").fields | {"action": "allow"}
    before = stores.counts()

    again = await mine.browser.get(CONSENT, **form)

    shown(again.response, 200)
    assert not stores.changes_since(before)


async def test_CN02_a_yes_counts_once(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """Twice in a row, five times at once, and each next step too: one code."""
    mine = await register(auth)
    page = await at_consent(auth, mine.browser)
    form = page.form("/consent").fields | {"action": "allow"}
    before = stores.counts()

    answers = await asyncio.gather(*(post(mine.browser, form) for _ in range(5)))
    onward = [answer for answer in answers if answer.status_code == 303]
    assert len(onward) == 1
    for answer in answers:
        if answer is not onward[0]:
            shown(answer)
            assert "Back to Web App" in answer.text
    resume = f"{ISSUER}{onward[0].headers['location']}"
    resumed = await asyncio.gather(
        *(mine.browser.request("GET", resume) for _ in range(5))
    )
    assert sorted(has_code(answer) for answer in resumed) == [False] * 4 + [True]
    for answer in resumed:
        if not has_code(answer):
            shown(answer)
    shown(await post(mine.browser, form))

    assert stores.changes_since(before) == {"code": 1, "consents": 1}


async def test_CN02_each_tab_finishes_its_own_flow(auth: AuthorizationServer) -> None:
    mine = await register(auth)
    tabs = [await at_consent(auth, mine.browser, state=f"tab-{n}") for n in range(3)]

    backs = [await mine.browser.send(tab, "/consent", action="allow") for tab in tabs]

    assert [back.query["state"] for back in backs] == ["tab-0", "tab-1", "tab-2"]
    assert len({back.query["code"] for back in backs}) == 3


async def test_CN04_a_yes_is_to_what_was_asked(
    auth: AuthorizationServer, stores: Stores
) -> None:
    mine = await register(auth)
    page = await at_consent(auth, mine.browser)

    back = await mine.browser.send(
        page,
        "/consent",
        action="allow",
        scope="openid admin notes:write",
        scopes="notes:write",
        resource="https://other-api.example",
    )

    answer = await auth.token(token_parameters(back.query["code"]))
    assert answer.json()["scope"] == "notes:read openid profile"
    scopes = stores.run(
        "SELECT c.scopes FROM auth.consents c JOIN auth.users USING (subject)"
        " WHERE username = %s",
        mine.username,
    )
    assert [sorted(found) for (found,) in scopes] == [
        ["notes:read", "openid", "profile"]
    ]
    wider = await auth.authorize(mine.browser, scope="openid notes:write")
    assert wider.url.startswith(CONSENT)


async def test_CN05_nobody_cannot_say_yes(
    auth: AuthorizationServer, stores: Stores
) -> None:
    browser = auth.browser()
    login = await auth.authorize(browser)
    handle, token = login.query["handle"], login.form("/login").fields["csrf_token"]
    before = stores.counts()
    form = {"csrf_token": token, "handle": handle, "action": "allow"}

    goes_to(await post(browser, form), "/login")
    goes_to(await browser.request("GET", f"{CONSENT}?handle={handle}"), "/login")

    assert not stores.changes_since(before)


async def test_CN05_signed_out_meanwhile_is_nobody(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """The form of a session that has ended is refused; it can be asked anew."""
    mine = await register(auth)
    page = await at_consent(auth, mine.browser)
    out = await mine.browser.get(f"{ISSUER}/oauth/logout")
    await mine.browser.send(out, "/oauth/logout/confirm", action="sign_out")
    before = stores.counts()

    refused = await mine.browser.send(page, "/consent", action="allow")
    shown(refused.response, 403)
    login = await mine.browser.get(page.url)

    assert not stores.changes_since(before)
    consent = await mine.sign_in(mine.browser, login)
    back = await mine.browser.send(consent, "/consent", action="allow")
    assert "code" in back.query


async def test_the_page_of_one_person_is_no_yes_of_another(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """Somebody else signed in in another tab: the old page's form is refused."""
    mine, other = await register(auth), await register(auth)
    page = await at_consent(auth, mine.browser)
    await other.sign_in(mine.browser, await mine.browser.get(f"{ISSUER}/login"))
    before = stores.counts()

    shown((await mine.browser.send(page, "/consent", action="allow")).response, 403)

    assert not stores.changes_since(before)
    again = await mine.browser.get(page.url)
    assert other.email in again.response.text
    assert mine.email not in again.response.text


async def test_CN06_a_handle_is_good_in_its_own_browser_alone(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """Guessed, or taken from somebody's address bar: no page of it answers."""
    mine, attacker = await register(auth), await register(auth)
    page = await at_consent(auth, mine.browser)
    other = await at_consent(auth, attacker.browser)
    handle = page.query["handle"]
    form = other.form("/consent").fields | {"action": "allow", "handle": handle}
    before = stores.counts()

    shown(await post(attacker.browser, form))
    for path in ("/consent", "/select-account", "/oauth/authorize/resume", "/login"):
        for stolen in (handle, "x" * 43):
            url = f"{ISSUER}{path}?handle={stolen}"
            shown(await attacker.browser.request("GET", url))

    assert not stores.changes_since(before)
    back = await mine.browser.send(page, "/consent", action="allow")
    assert "code" in back.query


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "\u202eelgooG\u202c",
        '"><img src=x onerror=alert(1)>',
        "Goog\u200ble\u2066 {{ 7*7 }} {% raw %}",
    ],
)
async def test_CN07_the_name_of_an_app_is_text(
    auth: AuthorizationServer, somebody: Somebody, name: str
) -> None:
    """Escaped, without what reorders it, next to the host where the answer goes."""
    await provision(auth, "named-app", client_name=name)
    browser = somebody.browser.copy()

    consent = await auth.authorize(browser, client_id="named-app")
    login = await auth.authorize(auth.browser(), client_id="named-app")

    assert "app.example" in consent.response.text
    for page in (consent, login):
        shown(page.response, 200)
        assert "<script>" not in page.response.text
        assert "<img src=x" not in page.response.text
        assert ("{{ 7*7 }}" in page.response.text) == ("{{" in name)
        assert not set("\u202e\u202c\u200b\u2066") & set(page.response.text)


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<svg onload=alert(1)>",
        "data:image/svg+xml,<svg onload=alert(1)>",
        "vbscript:x",
        " javascript:alert(1)",
    ],
)
async def test_CN08_an_address_of_an_app_is_never_a_script(
    auth: AuthorizationServer, somebody: Somebody, uri: str
) -> None:
    uris = {"client_uri": uri, "policy_uri": uri, "tos_uri": uri}
    await provision(auth, "linked-app", **uris)
    browser = somebody.browser.copy()

    consent = await auth.authorize(browser, client_id="linked-app")
    await browser.send(consent, "/consent", action="deny")
    over = await browser.get(consent.url)

    for page in (consent, over):
        assert "alert(1)" not in page.response.text
        assert "script:" not in page.response.text.lower()


async def test_CN08_an_apps_pictures_are_not_fetched_and_its_links_tell_nothing(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    uri = "https://evil.example/track.gif"
    await provision(
        auth, "tracking-app", client_uri=uri, policy_uri=uri, tos_uri=uri, logo_uri=uri
    )
    page = await auth.authorize(somebody.browser.copy(), client_id="tracking-app")

    text = page.response.text
    assert f'src="{uri}' not in text
    links = [part.split(">")[0] for part in text.split("<a ")[1:] if uri in part]
    assert len(links) == 3
    for link in links:
        assert "noreferrer" in link
        assert "noopener" in link
    policy = page.response.headers["content-security-policy"]
    assert "img-src 'self'" in policy
    assert "evil.example" not in policy


async def test_CN08_a_logo_is_shown_from_our_own_address(
    auth: AuthorizationServer, stores: Stores, somebody: Somebody
) -> None:
    uri = "https://evil.example/logo.png"
    await provision(auth, "drawn-app", logo_uri=uri)
    stores.run(
        "INSERT INTO auth.client_logos VALUES ('drawn-app', %s, 'abc', 'webp',"
        " now() + interval '1 day') ON CONFLICT (client_id) DO UPDATE"
        " SET logo_id = excluded.logo_id, logo = excluded.logo RETURNING logo_id",
        uri,
    )
    consent = await auth.authorize(somebody.browser.copy(), client_id="drawn-app")
    login = await auth.authorize(auth.browser(), client_id="drawn-app")

    for page in (consent, login):
        assert 'src="/logos/abc.webp"' in page.response.text
        assert uri not in page.response.text
    logo = await auth.http().get("/logos/abc.webp")
    assert (logo.status_code, logo.content) == (200, b"webp")
    assert logo.headers["content-type"] == "image/webp"
    assert logo.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in logo.headers["cache-control"]
    for unknown in ("abd", "%2e%2e", "a-b"):
        assert (await auth.http().get(f"/logos/{unknown}.webp")).status_code == 404


async def test_CN09_an_app_that_asks_for_more_asks_again(
    auth: AuthorizationServer,
) -> None:
    """What it is registered for may grow; what people allowed does not."""
    await provision(auth, "growing-app", scope="openid profile")
    mine = await register(auth)
    asked: dict[str, str | None] = {"client_id": "growing-app", "scope": None}
    page = await at_consent(auth, mine.browser, **asked)
    back = await mine.browser.send(page, "/consent", action="allow")
    assert "code" in back.query

    await provision(auth, "growing-app", scope="openid profile email notes:read")

    silent = await auth.authorize(mine.browser, **asked, prompt="none")
    sent_back(silent.response, "consent_required")
    page = await at_consent(auth, mine.browser, **asked)
    assert "See your e-mail address" in page.response.text


async def test_CN11_a_no_is_access_denied(
    auth: AuthorizationServer, stores: Stores
) -> None:
    mine = await register(auth)
    page = await at_consent(auth, mine.browser)
    before = stores.counts()

    back = await mine.browser.send(page, "/consent", action="deny")

    sent_back(back.response, "access_denied")
    assert not stores.changes_since(before)
    shown((await mine.browser.send(page, "/consent", action="allow")).response)
    again = await auth.authorize(mine.browser)
    assert again.url.startswith(CONSENT)


async def test_CN12_CN13_what_was_taken_back_is_dead_at_once(
    auth: AuthorizationServer,
) -> None:
    """Every family, also those that outlive the session, and codes not yet used."""
    mine = await with_consent(auth, scope=f"{builder.PERSON} notes:read")
    families = [
        await auth.tokens(mine.browser),
        await auth.tokens(mine.browser, scope="openid offline_access notes:read"),
    ]
    code = await auth.code(mine.browser)
    other = await auth.code(
        mine.browser, client_id="other-app", redirect_uri="https://other.example/cb"
    )
    page = await mine.browser.get(f"{ISSUER}/account/apps")
    form = next(
        f
        for f in page.forms
        if f.action == "/account/apps/revoke" and f.fields["client_id"] == "web-app"
    )

    answer = await mine.browser.request(
        "POST", f"{ISSUER}{form.action}", data=form.fields, headers=SAME_ORIGIN
    )

    assert answer.status_code == 303
    for family in families:
        refused = await auth.refresh(family["refresh_token"])
        assert refused.status_code == 400
        assert refused.json()["error"] == "invalid_grant"
        assert await auth.introspect(family["access_token"]) == {"active": False}
    refused = await auth.token(token_parameters(code))
    assert refused.json()["error"] == "invalid_grant"
    silent = await auth.authorize(mine.browser, prompt="none")
    sent_back(silent.response, "consent_required")
    # Another app is not concerned, and this one may be allowed anew.
    parameters = token_parameters(other, redirect_uri="https://other.example/cb")
    kept = await auth.token(parameters, client_id="other-app")
    assert kept.status_code == 200
    assert (await auth.tokens(mine.browser))["refresh_token"]


async def test_a_no_at_the_login_page_is_access_denied_too(
    auth: AuthorizationServer,
) -> None:
    browser = auth.browser()
    login = await auth.authorize(browser)

    back = await browser.send(login, "/login", action="cancel")

    sent_back(back.response, "access_denied")
    assert urlsplit(back.url).query.count(urlencode({"state": "the-state"})) == 1
