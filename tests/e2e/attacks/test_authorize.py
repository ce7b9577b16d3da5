"""Attacks on the authorization endpoint (attacks, 1.1)."""

import base64
import json
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import jwt
import pytest

from tests.builders import tokens
from tests.builders.auth import ISSUER, authorize_parameters, token_parameters
from tests.e2e.answers import goes_to, has_code, has_headers, sent_back, shown
from tests.e2e.authorization_server import AuthorizationServer, running
from tests.e2e.keys import id_token_claims, signed
from tests.e2e.people import Somebody, register
from tests.e2e.probe import Probe
from tests.e2e.stores import Stores

EVIL = "https://evil.example/"


def state_of(answer: httpx.Response) -> list[str]:
    query = urlsplit(answer.headers["location"]).query
    return parse_qs(query, keep_blank_values=True)["state"]


def auth_time_of(id_token: str) -> int:
    claims = jwt.decode(id_token, options={"verify_signature": False})
    return int(claims["auth_time"])


# Who asks, and where the answer goes: refused on our own page.


@pytest.mark.parametrize("client_id", [None, "", "nobody", "WEB-APP", "web-app "])
async def test_AZ02_a_request_without_a_known_client_id_is_shown(
    probe: Probe, client_id: str | None
) -> None:
    await probe.is_shown(client_id=client_id)


@pytest.mark.parametrize("second", ["other-app", "web-app", ""])
async def test_AZ03_duplicated_client_id_is_shown_and_never_redirected(
    probe: Probe, second: str
) -> None:
    await probe.is_shown(f"&client_id={second}")
    await probe.is_shown("&client_id=web-app", client_id=second)


@pytest.mark.parametrize("second", [EVIL, "https://app.example/cb", ""])
async def test_AZ04_duplicated_redirect_uri_is_shown_and_never_redirected(
    probe: Probe, second: str
) -> None:
    await probe.is_shown(f"&redirect_uri={quote(second)}")
    await probe.is_shown("&redirect_uri=https://app.example/cb", redirect_uri=second)


async def test_AZ09_prompt_none_is_no_open_redirect(
    auth: AuthorizationServer, probe: Probe
) -> None:
    """Client and URI are checked before any `login_required`, signed in or not."""
    for changes in (
        {"client_id": "nope", "redirect_uri": EVIL},
        {"redirect_uri": EVIL},
        {"client_id": "nope"},
    ):
        query = authorize_parameters(prompt="none", **changes)
        shown(await auth.http().get("/oauth/authorize", params=query))
        await probe.is_shown(prompt="none", **changes)


@pytest.mark.parametrize(
    "client_id", ["%00", "web-app%00", "%ff%fe", "%ed%a0%80", "%c0%af", "\u20ac"]
)
async def test_AZ39_nul_and_bad_utf8_are_shown(probe: Probe, client_id: str) -> None:
    """PostgreSQL refuses NUL and surrogates with an error of its own."""
    await probe.is_shown(f"&client_id={client_id}", client_id=None)
    await probe.is_shown(f"&x={client_id}", client_id=None)


async def test_bad_utf8_in_any_parameter_is_shown(probe: Probe) -> None:
    for raw in ("%ff%fe", "%ed%a0%80"):
        await probe.is_shown(f"&state={raw}", state=None)


# What is asked: refused at the app.


@pytest.mark.parametrize(
    "parameter",
    [
        ("scope", "openid admin"),
        ("code_challenge", "A" * 43),
        ("code_challenge_method", "plain"),
        ("response_type", "token"),
        ("nonce", "another"),
        ("prompt", "login"),
        ("max_age", "1"),
        ("id_token_hint", "x"),
        ("something_unknown", "x"),
    ],
    ids=lambda pair: pair[0],
)
async def test_AZ05_a_duplicated_parameter_is_invalid_request(
    probe: Probe, parameter: tuple[str, str]
) -> None:
    name, value = parameter
    given = authorize_parameters().get(name, value)
    rest: dict[str, str | None] = {name: None}
    for first, second in ((given, value), (value, given), (given, given), (given, "")):
        twice = urlencode([(name, first), (name, second)])
        await probe.is_sent_back("invalid_request", f"&{twice}", **rest)


async def test_AZ05_a_duplicated_state_is_not_echoed(probe: Probe) -> None:
    await probe.is_sent_back("invalid_request", "&state=other", sent_state=None)


async def test_AZ06_response_type_missing(probe: Probe) -> None:
    await probe.is_sent_back("invalid_request", response_type=None)
    await probe.is_sent_back("invalid_request", response_type="")


@pytest.mark.parametrize(
    "response_type", ["token", "id_token token", "code token", "id_token", "none"]
)
async def test_AZ07_implicit_is_unsupported(probe: Probe, response_type: str) -> None:
    answer = await probe.is_sent_back(
        "unsupported_response_type", response_type=response_type
    )

    assert "#" not in answer.headers["location"]
    assert "token=" not in answer.headers["location"]


async def test_AZ47_another_message_flow_is_refused(probe: Probe) -> None:
    await probe.is_sent_back("unsupported_response_type", response_type="code id_token")
    await probe.is_sent_back("invalid_request", response_mode="fragment")
    await probe.is_sent_back(
        "unsupported_response_type",
        response_type="code id_token",
        response_mode="fragment",
    )


@pytest.mark.parametrize(
    "response_mode", ["fragment", "web_message", "fragment.jwt", "okp", "bogus"]
)
async def test_AZ23_an_unsupported_response_mode_is_refused(
    probe: Probe, response_mode: str
) -> None:
    answer = await probe.is_sent_back("invalid_request", response_mode=response_mode)

    assert "#" not in answer.headers["location"]


async def test_a_client_without_the_code_grant_gets_no_code(probe: Probe) -> None:
    """Of a client_credentials app not even a page."""
    await probe.is_shown(client_id="service-app")


@pytest.mark.parametrize(
    ("client_id", "redirect_uri"),
    [
        ("web-app", "https://app.example/cb"),
        ("spa-app", "https://spa.example/cb"),
        ("native-app", "http://127.0.0.1:4000/cb"),
        ("native-app", "com.example.app:/cb"),
    ],
)
async def test_AZ15_no_client_goes_without_pkce(
    probe: Probe, client_id: str, redirect_uri: str
) -> None:
    for challenge, method in ((None, "S256"), (None, None), ("", ""), ("", "S256")):
        answer = await probe.ask(
            client_id=client_id,
            redirect_uri=redirect_uri,
            code_challenge=challenge,
            code_challenge_method=method,
        )
        sent_back(answer, "invalid_request", to=redirect_uri)
    await probe.is_well()


@pytest.mark.parametrize("method", ["plain", "s256", "PLAIN", "S512", "S256 plain"])
async def test_AZ16_only_s256(probe: Probe, method: str) -> None:
    await probe.is_sent_back("invalid_request", code_challenge_method=method)


async def test_AZ17_a_challenge_without_a_method_is_refused(probe: Probe) -> None:
    """The default of RFC 7636 is plain; neither is taken for granted."""
    await probe.is_sent_back("invalid_request", code_challenge_method=None)
    await probe.is_sent_back("invalid_request", code_challenge_method="")


@pytest.mark.parametrize(
    "challenge", ["A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + "+", "é" * 43]
)
async def test_a_malformed_code_challenge_is_refused(
    probe: Probe, challenge: str
) -> None:
    await probe.is_sent_back("invalid_request", code_challenge=challenge)


@pytest.mark.parametrize(
    "scope",
    [
        "openid profile\nX-Injected:1",
        "openid profile\r\nX-Injected:1",
        'openid "',
        "openid \\",
        "openid\tprofile",
        "openid é",
        "openid \x7f",
    ],
)
async def test_AZ19_scope_has_the_characters_of_a_scope(
    probe: Probe, scope: str
) -> None:
    answer = await probe.is_sent_back("invalid_scope", scope=scope)

    assert "x-injected" not in answer.headers


async def test_AZ19_nul_in_scope_is_shown(probe: Probe) -> None:
    """NUL is refused where parameters are read, before anybody knows of an app."""
    await probe.is_shown("&scope=openid%00", scope=None)


async def test_AZ20_a_scope_bomb_is_not_processed(probe: Probe) -> None:
    """Longer than any scope, any field, any request."""
    many = " ".join(f"s{n}" for n in range(8_000))
    before = probe.stores.counts()

    sent_back(await probe.ask(scope="s " * 600), "invalid_scope")
    shown(await probe.ask(scope="s " * 2_500))
    for answer, status in (
        (await probe.ask(scope=many), 431),
        (await probe.post(scope=many), 413),
        (await probe.post(scope="s" * 2**20), 413),
    ):
        assert answer.status_code == status
        assert "location" not in answer.headers
        has_headers(answer)
    assert not probe.stores.changes_since(before)
    await probe.is_well()


@pytest.mark.parametrize(
    "scope",
    ["admin", "openid admin", "openid employee", "openid other:read", "stats:read"],
)
async def test_AZ21_a_scope_that_the_app_may_not_have_is_refused(
    probe: Probe, scope: str
) -> None:
    """Refused, not dropped."""
    await probe.is_sent_back("invalid_scope", scope=scope)


@pytest.mark.parametrize(
    "state",
    ['"><script>', "a\r\nX-Injected: 1", "\U0001f511 é", "%00%2500", "a&iss=x#y", "+ "],
)
async def test_AZ22_state_comes_back_percent_encoded_once(
    probe: Probe, state: str
) -> None:
    granted, refused = (
        await probe.ask(state=state),
        await probe.ask(state=state, prompt="x"),
    )

    for answer in (granted, refused):
        assert answer.status_code == 303
        assert state_of(answer) == [state]
        assert answer.headers["location"].isascii()
        assert not set('<>"\r\n #') & set(answer.headers["location"])
        assert "x-injected" not in answer.headers
        has_headers(answer)
    assert has_code(granted)
    sent_back(refused, "invalid_request", state=state)


async def test_AZ22_a_long_state_is_refused(probe: Probe) -> None:
    """1,024 characters are echoed, more are not kept; a field over 4 KiB is none."""
    assert state_of(await probe.ask(state="s" * 1024)) == ["s" * 1024]
    await probe.is_sent_back("invalid_request", state="s" * 1025, sent_state="s" * 1025)
    await probe.is_shown(state="s" * 8192)
    await probe.is_shown("&state=s%00", state=None)


async def test_AZ31_an_unknown_resource_is_invalid_target(probe: Probe) -> None:
    for resource in (
        "https://api.example#f",
        "https://api.example/",
        "HTTPS://api.example",
        "foo",
        "https://unknown.example",
    ):
        await probe.is_sent_back("invalid_target", resource=resource)


async def test_AZ31_scopes_of_another_resource_are_refused(probe: Probe) -> None:
    await probe.is_sent_back("invalid_scope", resource="https://other-api.example")


# Silent and repeated sign-in.


async def test_AZ10_silent_without_a_session_is_login_required(
    auth: AuthorizationServer, probe: Probe
) -> None:
    for browser in (auth.browser(), probe.browser):
        query = urlencode(authorize_parameters(prompt="none"))
        answer = await browser.request("GET", f"{probe.url}?{query}")
        if browser is probe.browser:
            assert has_code(answer)
        else:
            sent_back(answer, "login_required")


async def test_AZ11_silent_without_consent_is_consent_required(probe: Probe) -> None:
    await probe.is_sent_back(
        "consent_required", prompt="none", scope="openid email notes:write"
    )
    answer = await probe.ask(
        client_id="other-app", redirect_uri="https://other.example/cb", prompt="none"
    )
    sent_back(answer, "consent_required", to="https://other.example/cb")


@pytest.mark.parametrize(
    "prompt",
    ["none login", "none consent", "login none", "none none login", "bogus", "LOGIN"],
)
async def test_AZ12_a_contradicting_prompt_is_refused(
    probe: Probe, prompt: str
) -> None:
    await probe.is_sent_back("invalid_request", prompt=prompt)


async def test_AZ13_prompt_login_wants_the_password_again(
    auth: AuthorizationServer, somebody: Somebody, stores: Stores
) -> None:
    """Resuming or re-opening does not stand in for it; auth_time moves by it."""
    mine = await register(auth)
    before = auth_time_of((await auth.tokens(mine.browser))["id_token"])
    # As if they had signed in an hour ago.
    for key in stores.keys("session"):
        session = json.loads(str(stores.redis.get(key)))
        if session["auth_time"] == pytest.approx(before, abs=1.0):
            session["auth_time"] -= 3600
            stores.redis.set(key, json.dumps(session), keepttl=True)

    page = await auth.authorize(mine.browser, prompt="login")
    assert page.url.startswith(f"{ISSUER}/login?handle=")
    handle = page.query["handle"]
    resumed = await mine.browser.get(f"{ISSUER}/oauth/authorize/resume", handle=handle)
    assert resumed.url.startswith(f"{ISSUER}/login?handle=")
    consent = await mine.browser.get(
        f"{ISSUER}/consent", handle=resumed.query["handle"]
    )
    assert consent.response.status_code == 200
    skipped = await mine.browser.send(consent, "/consent", action="allow")
    assert skipped.url.startswith(f"{ISSUER}/login?handle=")
    back = await mine.sign_in(mine.browser, skipped)

    answer = await auth.token(token_parameters(back.query["code"]))
    assert auth_time_of(answer.json()["id_token"]) >= before


async def test_AZ13_cancelling_prompt_login_is_access_denied(
    auth: AuthorizationServer, probe: Probe
) -> None:
    """And the session that was there goes on as it was."""
    page = await auth.authorize(probe.browser, prompt="login")

    back = await probe.browser.send(page, "/login", action="cancel")

    sent_back(back.response, "access_denied")
    again = await probe.browser.get(page.url)
    shown(again.response)
    await probe.is_well()


@pytest.mark.parametrize(
    "max_age",
    ["-1", "1e9999", "١٢", "1_000", "+5", " 60", "60 ", "9007199254740993", "0x10"],
)
async def test_AZ14_max_age_is_a_number_in_ascii_digits(
    probe: Probe, max_age: str
) -> None:
    await probe.is_sent_back("invalid_request", max_age=max_age)


async def test_AZ14_an_empty_max_age_is_absent_and_0_is_now(probe: Probe) -> None:
    assert has_code(await probe.ask(max_age=""))
    assert has_code(await probe.ask(max_age="3600"))
    goes_to(await probe.ask(max_age="0"), "/login")
    sent_back(await probe.ask(max_age="0", prompt="none"), "login_required")


# Hints.


def _unsigned(**claims: object) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, id_token_claims(**claims))
    texts = (base64.urlsafe_b64encode(json.dumps(p).encode()).decode() for p in parts)
    return ".".join(text.rstrip("=") for text in texts) + "."


async def test_AZ27_a_hint_that_is_no_id_token_of_ours_is_refused(
    auth: AuthorizationServer, somebody: Somebody, probe: Probe, stores: Stores
) -> None:
    mine = await auth.tokens(somebody.browser.copy())
    claims = jwt.decode(mine["id_token"], options={"verify_signature": False})
    foreign = tokens.token(claims, tokens.header(typ="JWT"))
    code = await auth.code(
        somebody.browser.copy(),
        client_id="other-app",
        redirect_uri="https://other.example/cb",
    )
    answer = await auth.token(
        token_parameters(code, redirect_uri="https://other.example/cb"),
        client_id="other-app",
    )
    for hint in (
        "x",
        "a.b.c",
        _unsigned(sub=claims["sub"]),
        foreign,
        answer.json()["id_token"],
        mine["access_token"],
        mine["id_token"][:-4] + "AAAA",
        signed(auth, stores, b"null"),
        signed(auth, stores, {**claims, "iss": "https://other.example"}),
        signed(auth, stores, {**claims, "aud": ["web-app", None]}),
        signed(auth, stores, {**claims, "aud": ["web-app", "other-app"]}),
        signed(auth, stores, {**claims, "aud": "other-app"}),
        signed(auth, stores, {**claims, "sub": ""}),
        signed(auth, stores, {k: v for k, v in claims.items() if k != "sub"}),
    ):
        await probe.is_sent_back("invalid_request", id_token_hint=hint)
    assert has_code(await probe.ask(id_token_hint=mine["id_token"]))


async def test_AZ28_a_hint_of_somebody_else_gives_no_code(
    auth: AuthorizationServer, probe: Probe
) -> None:
    bob = await auth.tokens(name="bob")

    await probe.is_sent_back(
        "login_required", prompt="none", id_token_hint=bob["id_token"]
    )
    goes_to(await probe.ask(id_token_hint=bob["id_token"]), "/login")


async def test_AZ29_login_hint_is_text_in_a_field(auth: AuthorizationServer) -> None:
    for hint in ('"><script>alert(1)</script>', "a\r\nX-Injected: 1", "é" * 254):
        page = await auth.authorize(auth.browser(), login_hint=hint)
        assert page.response.status_code == 200
        assert "<script>" not in page.response.text
        assert "x-injected" not in page.response.headers
        shown(page.response, 200)


async def test_AZ29_a_long_login_hint_is_refused(probe: Probe) -> None:
    await probe.is_sent_back("invalid_request", login_hint="h" * 255)
    await probe.is_shown(login_hint="h" * 10_240)


async def test_AZ30_preferences_that_nobody_reads_change_nothing(probe: Probe) -> None:
    for n in range(20):
        answer = await probe.ask(
            ui_locales=f"x{n}", acr_values=f"y{n}", claims_locales="é"
        )
        assert has_code(answer)


# The transport.


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded; charset=utf-16",
        "",
    ],
)
async def test_AZ32_only_a_form_is_read(probe: Probe, content_type: str) -> None:
    good = authorize_parameters()
    body = json.dumps(good) if content_type == "application/json" else urlencode(good)
    before = probe.stores.counts()

    answer = await probe.browser.request(
        "POST", probe.url, content=body, headers={"content-type": content_type}
    )

    shown(answer, 415)
    assert not probe.stores.changes_since(before)
    assert has_code(await probe.post())


@pytest.mark.parametrize(
    "method", ["PUT", "DELETE", "PATCH", "TRACE", "HEAD", "OPTIONS", "BOGUS"]
)
async def test_AZ33_only_get_and_post(probe: Probe, method: str) -> None:
    query = urlencode(authorize_parameters())
    before = probe.stores.counts()

    answer = await probe.browser.request(method, f"{probe.url}?{query}")

    shown(answer, 405)
    assert set(answer.headers["allow"].split(", ")) == {"GET", "POST"}
    assert not probe.stores.changes_since(before)
    await probe.is_well()


async def test_AZ33_a_header_does_not_change_the_method(probe: Probe) -> None:
    query = urlencode(authorize_parameters())
    headers = {"x-http-method-override": "POST", "x-method-override": "DELETE"}

    answer = await probe.browser.request("GET", f"{probe.url}?{query}", headers=headers)

    assert has_code(answer)
    refused = await probe.browser.request("DELETE", probe.url, headers=headers)
    shown(refused, 405)


@pytest.mark.parametrize(
    "origin", [EVIL.rstrip("/"), "null", "https://app.example", "https://spa.example"]
)
async def test_AZ34_no_other_origin_may_read_authorize(
    probe: Probe, origin: str
) -> None:
    query = urlencode(authorize_parameters(client_id="spa-app"))
    headers = {
        "origin": origin,
        "access-control-request-method": "GET",
        "access-control-request-headers": "authorization",
    }
    for method in ("GET", "POST", "OPTIONS"):
        answer = await probe.browser.request(
            method, f"{probe.url}?{query}", headers=headers
        )
        assert not [n for n in answer.headers if n.startswith("access-control-")]


async def test_AZ38_a_huge_request_is_refused(probe: Probe) -> None:
    before = probe.stores.counts()
    for url, headers in (
        (f"{probe.url}?x={'a' * 60_000}", {}),
        (f"{probe.url}?{urlencode(authorize_parameters())}", {"x-big": "b" * 131_072}),
    ):
        answer = await probe.browser.request("GET", url, headers=headers)
        assert answer.status_code == 431
        assert "location" not in answer.headers
        has_headers(answer)
    many = "".join(f"&p{n}=1" for n in range(60))
    await probe.is_shown(many)
    assert probe.stores.changes_since(before) == {"code": 1}  # of the control


async def test_AZ40_no_answer_to_a_password_is_repeated_elsewhere(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    """303 all the way: a browser turns it into GET, as it would not 307."""
    browser = auth.browser()
    login = await auth.authorize(browser)
    form = login.form("/login").fields | {
        "identifier": somebody.username,
        "password": somebody.password,
    }
    answer = await browser.request("POST", f"{ISSUER}/login", data=form)

    while "location" in answer.headers and not has_code(answer):
        assert answer.status_code == 303
        assert somebody.password not in answer.headers["location"]
        answer = await browser.request("GET", f"{ISSUER}{answer.headers['location']}")
    assert has_code(answer)
    assert answer.status_code == 303


async def test_AZ41_no_answer_is_kept_by_a_cache(
    auth: AuthorizationServer, probe: Probe
) -> None:
    query = urlencode(authorize_parameters())
    conditions = {
        "if-none-match": "*",
        "if-modified-since": "Sat, 1 Jan 2050 00:00:00 GMT",
    }
    answers = [
        await probe.browser.request("GET", f"{probe.url}?{query}", headers=conditions)
        for _ in range(2)
    ]
    login = await auth.authorize(auth.browser())

    for answer in (*answers, login.response):
        assert answer.headers["cache-control"] == "no-store"
        assert not {"etag", "last-modified", "expires"} & set(answer.headers)
    first, second = (parse_qs(urlsplit(a.headers["location"]).query) for a in answers)
    assert first["code"] != second["code"]


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
