"""prompt, max_age, and what an app does not say (OIDC Core section 3.1.2.1)."""

from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest

from tests.builders.auth import ISSUER, authorize_parameters, token_parameters
from tests.e2e.answers import goes_to, has_code, sent_back, shown
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser, Page
from tests.e2e.people import Somebody, register, with_consent
from tests.e2e.registered import provision
from tests.e2e.stores import Stores

CHOOSER = f"{ISSUER}/select-account"
SAME_ORIGIN = {"sec-fetch-site": "same-origin", "origin": "null"}


@pytest.fixture(scope="module")
def stores(auth: AuthorizationServer) -> Iterator[Stores]:
    found = Stores(auth.settings)
    yield found
    found.close()


@pytest.fixture
async def mine(auth: AuthorizationServer) -> Somebody:
    return await with_consent(auth)


async def claims_of(auth: AuthorizationServer, page: Page) -> dict[str, Any]:
    answer = await auth.token(token_parameters(page.query["code"]))
    options = {"verify_signature": False}
    claims: dict[str, Any] = jwt.decode(answer.json()["id_token"], options=options)
    return claims


async def at_chooser(
    auth: AuthorizationServer, browser: Browser, **changes: str
) -> Page:
    asked = {"prompt": "select_account", **changes}
    page = await auth.authorize(browser, **asked)
    assert page.url.startswith(f"{CHOOSER}?handle="), page.url
    return page


async def post(browser: Browser, form: dict[str, str]) -> httpx.Response:
    return await browser.request("POST", CHOOSER, data=form, headers=SAME_ORIGIN)


async def test_the_chooser_says_who_is_signed_in_and_goes_on_with_them(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    before = await claims_of(auth, await auth.authorize(mine.browser))
    page = await at_chooser(auth, mine.browser)
    shown(page.response, 200)
    assert mine.email in page.response.text
    back = await mine.browser.send(page, "/select-account", action="continue")
    after = await claims_of(auth, back)
    assert after["sub"] == before["sub"]
    assert after["auth_time"] == before["auth_time"]


async def test_the_chooser_leads_to_another_account(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    other = await with_consent(auth)
    page = await at_chooser(auth, mine.browser)
    login = await mine.browser.send(page, "/select-account", action="switch")
    assert login.url.startswith(f"{ISSUER}/login?")
    back = await other.sign_in(mine.browser, login)
    theirs = await claims_of(auth, await auth.authorize(other.browser))
    assert (await claims_of(auth, back))["sub"] == theirs["sub"]


async def test_the_chooser_can_be_left(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    page = await at_chooser(auth, mine.browser)
    back = await mine.browser.send(page, "/select-account", action="cancel")
    sent_back(back.response, "access_denied")


async def test_the_chooser_is_followed_by_what_else_was_asked(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    page = await at_chooser(auth, mine.browser, prompt="select_account consent")
    consent = await mine.browser.send(page, "/select-account", action="continue")
    assert consent.url.startswith(f"{ISSUER}/consent?")
    login = await auth.authorize(mine.browser, prompt="select_account login")
    assert login.url.startswith(f"{ISSUER}/login?")
    assert "code" in (await mine.sign_in(mine.browser, login)).query


async def test_nobody_signed_in_chooses_by_signing_in(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    browser = auth.browser()
    login = await auth.authorize(browser, prompt="select_account")
    assert login.url.startswith(f"{ISSUER}/login?")
    assert "code" in (await mine.sign_in(browser, login)).query


async def test_a_choice_is_made_by_this_person_in_this_browser_once(
    auth: AuthorizationServer, mine: Somebody, stores: Stores
) -> None:
    """No other site, no other browser, no old page, no second click, no made-up."""
    other = await with_consent(auth)
    page = await at_chooser(auth, mine.browser)
    form = page.form("/select-account").fields | {"action": "continue"}
    stranger = await at_chooser(auth, other.browser)
    theirs = stranger.form("/select-account").fields
    before = stores.counts()

    evil = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    shown(await mine.browser.request("POST", CHOOSER, data=form, headers=evil), 403)
    for fields in (
        form | {"csrf_token": theirs["csrf_token"]},
        form | {"csrf_token": ""},
    ):
        shown(await post(mine.browser, fields), 403)
    for fields in (
        form | {"action": "x"},
        form | {"handle": "x"},
        form | {"handle": theirs["handle"]},
    ):
        shown(await post(mine.browser, fields), 400)
    shown((await other.browser.get(page.url)).response, 400)
    assert not stores.changes_since(before)

    resume = await post(mine.browser, form)
    goes_to(resume, "/oauth/authorize/resume")
    shown(await post(mine.browser, form), 400)
    back = await mine.browser.follow(resume, CHOOSER)
    assert "code" in back.query


async def test_the_chooser_of_one_person_does_not_speak_for_another(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    other = await with_consent(auth)
    page = await at_chooser(auth, mine.browser)
    await other.sign_in(mine.browser, await mine.browser.get(f"{ISSUER}/login"))
    late = await mine.browser.send(page, "/select-account", action="continue")
    shown(late.response, 403)
    again = await mine.browser.get(page.url)
    assert other.email in again.response.text


async def test_whoever_signed_out_at_the_chooser_signs_in(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    page = await at_chooser(auth, mine.browser)
    out = await mine.browser.get(f"{ISSUER}/oauth/logout")
    await mine.browser.send(out, "/oauth/logout/confirm", action="sign_out")
    login = await mine.browser.get(page.url)
    assert login.url.startswith(f"{ISSUER}/login?")
    assert "code" in (await mine.sign_in(mine.browser, login)).query


async def test_AZ12_none_stands_alone(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    for prompt in ("none select_account", "create none", "none login", "consent none"):
        page = await auth.authorize(mine.browser, prompt=prompt)
        sent_back(page.response, "invalid_request")


async def test_create_leads_to_the_register_page_and_back_to_the_app(
    auth: AuthorizationServer,
) -> None:
    """OpenID Connect Prompt Create 1.0 section 4.1."""
    browser = auth.browser()
    page = await auth.authorize(browser, prompt="create")
    assert page.url.startswith(f"{ISSUER}/register?handle=")
    assert "Web App" in page.response.text
    consent = await browser.send(
        page,
        "/register",
        username="newly-created",
        email="newly-created@people.example",
        password="seven purple elephants created",
        name="New",
    )
    assert consent.url.startswith(f"{ISSUER}/consent?")
    back = await browser.send(consent, "/consent", action="allow")
    assert "code" in back.query


async def test_create_is_for_whoever_is_signed_in_as_well(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    page = await auth.authorize(mine.browser, prompt="create")
    assert page.url.startswith(f"{ISSUER}/register?handle=")


async def test_whoever_has_an_account_after_all_signs_in(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    browser = auth.browser()
    page = await auth.authorize(browser, prompt="create")
    login = await browser.get(f"{ISSUER}/login", handle=page.query["handle"])
    assert login.url.startswith(f"{ISSUER}/login?")
    assert "code" in (await mine.sign_in(browser, login)).query


@pytest.mark.parametrize("max_age", ["0", "1"])
async def test_AZ14_a_new_sign_in_is_young_enough(
    auth: AuthorizationServer, mine: Somebody, stores: Stores, max_age: str
) -> None:
    """It is asked for once, also where a second goes by on the way back."""
    page = await auth.authorize(mine.browser, max_age="0")
    before = await claims_of(auth, await auth.authorize(mine.browser))
    assert page.url.startswith(f"{ISSUER}/login?")
    back = await mine.sign_in(mine.browser, page)
    after = await claims_of(auth, back)
    assert after["auth_time"] >= before["auth_time"]
    assert after["sid"] == before["sid"]
    silent = await auth.authorize(mine.browser, max_age="3600", prompt="none")
    assert "code" in silent.query


async def test_an_app_may_have_registered_a_max_age(
    auth: AuthorizationServer,
) -> None:
    """OIDC Dynamic Client Registration section 2: default_max_age."""
    await provision(auth, "careful-app", default_max_age=0, require_auth_time=True)
    mine = await register(auth)
    asked = {"client_id": "careful-app", "scope": "openid"}
    page = await auth.authorize(mine.browser, **asked)
    assert page.url.startswith(f"{ISSUER}/login?")
    said = await auth.authorize(mine.browser, **asked, max_age="3600")
    assert said.url.startswith(f"{ISSUER}/consent?")
    silent = await auth.authorize(mine.browser, **asked, prompt="none")
    sent_back(silent.response, "login_required")


async def test_what_is_about_looks_changes_nothing(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    """OIDC Core section 3.1.2.1: display, ui_locales, claims_locales, the unknown."""
    page = await auth.authorize(
        mine.browser,
        display="touch",
        ui_locales="fr-CA fr en",
        claims_locales="de",
        acr_values="urn:unknown",
        extra="foobar",
        prompt="none",
    )
    assert "code" in page.query


async def test_what_a_client_library_may_do_and_leave(
    auth: AuthorizationServer,
) -> None:
    """POST, a query in redirect_uri, no nonce, no openid, no PKCE where excused."""
    uri = "https://app.example/cb?tenant=a&x="
    await provision(
        auth,
        "plain-app",
        redirect_uris=[uri],
        require_pkce=False,
        client_secret="the secret of plain-app",
        token_endpoint_auth_method="client_secret_post",
    )
    mine = await register(auth)
    parameters = authorize_parameters(
        client_id="plain-app",
        redirect_uri=uri,
        nonce=None,
        state=None,
        scope="notes:read",
        code_challenge=None,
        code_challenge_method=None,
    )
    url = f"{ISSUER}/oauth/authorize"
    answer = await mine.browser.request("POST", url, data=parameters)
    goes_to(answer, "/consent")
    consent = await mine.browser.follow(answer, url)
    back = await mine.browser.send(consent, "/consent", action="allow")
    assert back.url.startswith(f"{uri}&code=")
    given = token_parameters(
        back.query["code"],
        redirect_uri=uri,
        code_verifier=None,
        client_id="plain-app",
        client_secret="the secret of plain-app",
    )
    tokens = (await auth.token(given, client_id=None)).json()
    assert tokens["scope"] == "notes:read"
    assert "id_token" not in tokens


async def test_a_public_app_is_never_excused_from_pkce(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    """Whatever its registration says (RFC 9700 section 2.1.1)."""
    await provision(auth, "excused-app", require_pkce=False)
    page = await auth.authorize(
        mine.browser,
        client_id="excused-app",
        code_challenge=None,
        code_challenge_method=None,
    )
    sent_back(page.response, "invalid_request")


async def test_offline_access_is_had_by_consent_and_outlives_the_browser(
    auth: AuthorizationServer,
) -> None:
    """OIDC Core section 11: whoever was asked for it before is asked no more."""
    mine = await register(auth)
    scope = "openid offline_access notes:read"
    page = await auth.authorize(mine.browser, scope=scope)
    assert "Keep this access when you are not there" in page.response.text
    silent = await auth.authorize(mine.browser, scope=scope, prompt="none")
    sent_back(silent.response, "consent_required")
    tokens = await auth.tokens(mine.browser, scope=scope)
    bound = await auth.tokens(mine.browser, scope="openid notes:read")

    out = await mine.browser.get(f"{ISSUER}/oauth/logout")
    await mine.browser.send(out, "/oauth/logout/confirm", action="sign_out")

    assert (await auth.refresh(tokens["refresh_token"])).status_code == 200
    assert (await auth.refresh(bound["refresh_token"])).status_code == 400


async def test_a_hint_is_about_whom_the_app_knows(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    tokens = await auth.tokens(mine.browser)
    page = await auth.authorize(
        mine.browser, id_token_hint=tokens["id_token"], prompt="none"
    )
    assert has_code(page.response)
