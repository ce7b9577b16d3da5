"""Attacks on the authorization endpoint: who asks, and for what (attacks, 1.1)."""

from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import pytest

from tests.builders.auth import authorize_parameters
from tests.e2e.answers import has_code, has_headers, sent_back, shown
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.probe import Probe

EVIL = "https://evil.example/"


def state_of(answer: httpx.Response) -> list[str]:
    query = urlsplit(answer.headers["location"]).query
    return parse_qs(query, keep_blank_values=True)["state"]


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
