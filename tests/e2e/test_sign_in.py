"""The main job, over HTTP: authorize, sign in, consent, exchange, use, refresh."""

from tests.builders.auth import ISSUER, token_parameters
from tests.e2e.authorization_server import AuthorizationServer


async def test_a_person_signs_in_to_an_app(auth: AuthorizationServer) -> None:
    """Login page, consent page, back to the app with code, state and iss."""
    browser = auth.browser()

    # Other tests may have said yes before.
    login = await auth.authorize(browser, prompt="consent")
    assert login.url.startswith(f"{ISSUER}/login?handle=")
    consent = await auth.sign_in(browser, login)
    assert consent.url.startswith(f"{ISSUER}/consent?handle="), consent.response.text
    back = await browser.send(consent, "/consent", action="allow")

    assert back.url.startswith("https://app.example/cb?")
    assert back.query["state"] == "the-state"
    assert back.query["iss"] == ISSUER
    answer = await auth.token(token_parameters(back.query["code"]))
    tokens = answer.json()
    assert answer.status_code == 200, tokens
    assert tokens["token_type"] == "Bearer"
    assert set(tokens) == {
        "access_token",
        "token_type",
        "expires_in",
        "scope",
        "refresh_token",
        "refresh_token_expires_in",
        "authorization_expires_in",
        "id_token",
    }


async def test_the_second_time_is_one_click(auth: AuthorizationServer) -> None:
    """A live session and a remembered consent: no page at all."""
    browser = auth.browser()
    await auth.code(browser)

    back = await auth.authorize(browser)

    assert back.url.startswith("https://app.example/cb?code=")


async def test_userinfo_opens_what_the_scopes_open(auth: AuthorizationServer) -> None:
    """profile was granted, email was not."""
    tokens = await auth.tokens()
    headers = {"authorization": f"Bearer {tokens['access_token']}"}

    answer = (await auth.http().get("/oauth/userinfo", headers=headers)).json()

    assert answer["preferred_username"] == "alice"
    assert "email" not in answer


async def test_refresh_rotates(auth: AuthorizationServer) -> None:
    """A new access token and a new refresh token."""
    tokens = await auth.tokens()

    fresh = (await auth.refresh(tokens["refresh_token"])).json()

    assert fresh["refresh_token"] != tokens["refresh_token"]
    assert (await auth.refresh(fresh["refresh_token"])).status_code == 200
