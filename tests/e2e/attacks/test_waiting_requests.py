"""Attacks on the flow between its pages (attacks, 1.1)."""

import pytest

from tests.builders.auth import ISSUER, token_parameters
from tests.e2e.answers import sent_back, shown
from tests.e2e.authorization_server import AuthorizationServer, running
from tests.e2e.people import Somebody, register
from tests.e2e.probe import Probe
from tests.e2e.stores import Stores

# The flow between the pages.


async def test_AZ35_a_form_cannot_change_the_request(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """Whatever else the login and the consent form say, the stored request counts."""
    mine = await register(auth)
    browser = auth.browser()
    forged = {
        "client_id": "other-app",
        "redirect_uri": "https://other.example/cb",
        "scope": "openid notes:write",
        "response_type": "token",
        "state": "forged",
        "resource": "https://other-api.example",
    }
    login = await auth.authorize(browser)

    consent = await browser.send(
        login, "/login", identifier=mine.username, password=mine.password, **forged
    )
    back = await browser.send(consent, "/consent", action="allow", **forged)

    assert back.url.startswith("https://app.example/cb?")
    assert back.query["state"] == "the-state"
    answer = await auth.token(token_parameters(back.query["code"]))
    assert answer.json()["scope"] == "notes:read openid profile"
    consents = stores.run(
        "SELECT client_id, resource, scopes FROM auth.consents JOIN auth.users "
        "USING (subject) WHERE username = %s",
        mine.username,
    )
    scopes = ["notes:read", "openid", "profile"]
    assert [(c, r, sorted(s)) for c, r, s in consents] == [
        ("web-app", "https://api.example", scopes)
    ]


async def test_AZ36_LG05_CN06_a_handle_is_of_one_browser(
    auth: AuthorizationServer, somebody: Somebody, stores: Stores
) -> None:
    """Opened by somebody else, signed in or not, it shows an error and lives on."""
    attacker = auth.browser()
    login = await auth.authorize(attacker)
    handle = login.query["handle"]
    before = stores.counts()
    for victim in (somebody.browser.copy(), auth.browser()):
        for path in ("/oauth/authorize/resume", "/login", "/register", "/consent"):
            page = await victim.get(f"{ISSUER}{path}", handle=handle)
            if path == "/consent" and page.url.startswith(f"{ISSUER}/login"):
                pytest.fail("a stranger's handle was taken for a flow")
            shown(page.response)
            assert "handle" not in page.query or page.query["handle"] == handle
    own = await auth.authorize(victim)
    answer = await victim.send(
        own,
        "/login",
        identifier=somebody.username,
        password=somebody.password,
        handle=handle,
    )
    shown(answer.response)
    page = await victim.get(f"{ISSUER}/register")
    new = {"username": "a-victim", "email": "v@people.example", "name": "V"}
    answer = await victim.send(
        page, "/register", **new, password="four green umbrellas", handle=handle
    )
    shown(answer.response)
    assert not stores.changes_since(before)

    back = await somebody.sign_in(attacker, login)

    assert "code" in back.query


async def test_AZ36_a_handle_of_nobody_is_shown(
    auth: AuthorizationServer, probe: Probe
) -> None:
    for handle in ("", "x", "A" * 43, "é", "../..", "A" * 4096):
        for path in ("/oauth/authorize/resume", "/login", "/register", "/consent"):
            if not handle and path in {"/login", "/register"}:
                continue  # without a handle these are pages of our own
            page = await probe.browser.get(f"{ISSUER}{path}", handle=handle)
            shown(page.response)
    await probe.is_well()


async def test_AZ25_error_parameters_of_a_url_are_never_shown(
    auth: AuthorizationServer, probe: Probe
) -> None:
    script = "<script>alert(1)</script>"
    told = {"error": script, "error_description": script, "error_hint": script}
    for path in ("/error", "/", "/login", "/register", "/consent", "/oauth/authorize"):
        page = await probe.browser.get(f"{ISSUER}{path}", **told)
        assert "alert(1)" not in page.response.text
        assert page.response.status_code < 500
    shown((await probe.browser.get(f"{ISSUER}/error", **told)).response, 404)


# Half-open flows.


async def test_AZ45_a_waiting_request_is_small_and_ends(
    auth: AuthorizationServer, stores: Stores
) -> None:
    before = set(stores.keys("waiting"))

    await auth.authorize(auth.browser(), state="s" * 1024)

    (key,) = set(stores.keys("waiting")) - before
    assert stores.redis.memory_usage(key) <= 2048
    assert 0 < stores.redis.ttl(key) <= 900


async def test_AZ45_one_address_begins_so_many_flows(
    auth: AuthorizationServer, somebody: Somebody, new_database, redis_url: str
) -> None:
    """Then 429; another address and a live session are not concerned."""
    async with running(new_database(), redis_url, SIGN_INS_PER_MINUTE="5") as server:
        known, address = server.browser("192.0.2.7"), "192.0.2.8"
        await server.code(known)
        answers = [
            (await server.authorize(server.browser(address))).response for _ in range(8)
        ]
        assert [a.status_code for a in answers] == [200] * 5 + [429] * 3
        for answer in answers[5:]:
            shown(answer, 429)
            assert 0 < int(answer.headers["retry-after"]) <= 60
        silent = await server.authorize(server.browser(address), prompt="none")
        sent_back(silent.response, "login_required")
        known.client = server.http(address)
        assert "code" in (await server.authorize(known)).query
        assert (await server.authorize(server.browser())).response.status_code == 200
