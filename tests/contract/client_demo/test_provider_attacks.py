"""What a provider may say that must not be believed (attacks.md, section 1.19)."""

import pytest

from tests.contract.client_demo.browser import Browser


async def refused(browser: Browser) -> str:
    """A sign-in that fails at a check of the provider's answer; the page."""
    answer = await browser.sign_in()
    assert answer.status_code == 400
    assert "did not pass our checks" in answer.text
    assert not await browser.is_signed_in()
    return answer.text


@pytest.mark.parametrize("nonce", [None, "", "wrong", 1, ["x"]])
async def test_CL06_an_id_token_without_our_nonce_is_refused(browser, peer, nonce):
    peer.claims["nonce"] = nonce

    assert "nonce" in await refused(browser)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": "https://op.example/"},
        {"aud": "another"},
        {"aud": ["the app", "another"]},
        {"aud": ["the app", "another"], "azp": "another"},
        {"azp": "another"},
        {"sub": None},
        {"sub": ""},
        {"exp": None},
        {"exp": 1},
        {"iat": 4_000_000_000, "exp": 4_000_000_600},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
    ids=str,
)
async def test_JW34_JW35_an_id_token_is_held_to_every_claim(
    browser, peer, claims
) -> None:
    peer.claims |= claims

    await refused(browser)


@pytest.mark.parametrize(
    "id_token",
    [None, "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.", "é.é.é"],
)
async def test_a_token_response_without_a_signed_id_token_is_refused(
    browser, peer, id_token
) -> None:
    peer.answer["id_token"] = id_token

    await refused(browser)


@pytest.mark.parametrize(
    "answer",
    [
        {"token_type": "mac"},
        {"token_type": None},
        {"access_token": None},
        {"access_token": "line\r\nbreak"},
        {"access_token": 5},
        {"expires_in": "600"},
        {"expires_in": -1},
        {"expires_in": True},
    ],
    ids=str,
)
async def test_a_malformed_token_response_is_refused(browser, peer, answer) -> None:
    peer.answer |= answer

    await refused(browser)


@pytest.mark.parametrize(
    "userinfo",
    [
        b'{"sub": "alice", "sub": "bob"}',
        b'{"sub": "bob", "sub": "alice"}',
        b'{"sub": ["alice"]}',
        b'{"sub": "bob"}',
        b'{"name": "alice"}',
        b'["alice"]',
        b"",
        b"\xff",
        b"[" * 100_000,
    ],
    ids=range(9),
)
async def test_CL19_UI08_userinfo_must_speak_of_the_same_person(
    browser, peer, userinfo
) -> None:
    peer.userinfo = userinfo

    await refused(browser)


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"issuer": "https://op.example/"},
        {"issuer": None},
        {"token_endpoint": "http://op.example/token"},
        {"token_endpoint": "https://evil.example/token"},
        {"jwks_uri": "https://evil.example/jwks"},
        {"userinfo_endpoint": "https://evil.example/userinfo"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "file:///bin/sh"},
        {"authorization_endpoint": "https://op.example@evil.example/"},
        {"authorization_endpoint": None},
        {"token_endpoint": ["https://op.example/token"]},
    ],
    ids=str,
)
async def test_CL10_poisoned_discovery_is_not_followed(browser, peer, metadata):
    peer.metadata = metadata

    answer = await browser.get("/sign-in")
    ready = await browser.get("/readyz")

    assert (answer.status_code, ready.status_code) == (503, 503)
    assert ready.json()["checks"]["provider"] == "failed"
    assert "location" not in answer.headers


@pytest.mark.parametrize("methods", [None, [], ["plain"]])
async def test_CL17_a_provider_that_does_not_advertise_pkce_is_refused(
    browser, peer, methods
) -> None:
    peer.metadata["code_challenge_methods_supported"] = methods

    answer = await browser.get("/sign-in")

    assert answer.status_code == 503
    assert "PKCE" in answer.text


async def test_a_provider_on_several_origins_is_trusted_where_settings_say_so(
    new_app, peer
) -> None:
    peer.metadata["authorization_endpoint"] = "https://login.example/authorize"
    app = new_app(PROVIDER_ORIGINS="https://login.example")

    url = await Browser(app, peer).begin()

    assert url.startswith("https://login.example/authorize?")


@pytest.mark.parametrize("methods", [None, ["client_secret_post"]])
async def test_the_client_proves_itself_as_the_provider_wants(browser, peer, methods):
    """Basic, form-encoded first, where nothing is said; else in the body."""
    peer.metadata["token_endpoint_auth_methods_supported"] = methods

    assert (await browser.sign_in()).status_code == 303


async def test_a_provider_without_a_common_method_is_told(browser, peer) -> None:
    peer.metadata["token_endpoint_auth_methods_supported"] = ["private_key_jwt"]

    assert (await browser.sign_in()).status_code == 503
