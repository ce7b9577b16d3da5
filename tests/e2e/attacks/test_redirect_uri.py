"""Attacks on redirect_uri, at both endpoints that take it (attacks, 1.2)."""

from urllib.parse import urlencode

import pytest

from tests.builders.auth import token_parameters
from tests.e2e.answers import has_code, has_headers, sent_back, shown
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Page
from tests.e2e.probe import Probe

REGISTERED = "https://app.example/cb"


async def is_refused(probe: Probe, redirect_uri: str, **changes: str) -> None:
    """Shown at the authorization endpoint, and no match at the token endpoint."""
    await probe.is_shown(redirect_uri=redirect_uri, **changes)
    if changes:
        return
    code = Page(str((await probe.ask()).headers["location"]), None).query["code"]
    wrong = await probe.auth.token(token_parameters(code, redirect_uri=redirect_uri))
    assert wrong.status_code == 400
    assert wrong.json()["error"] in {"invalid_grant", "invalid_request"}
    right = await probe.auth.token(token_parameters(code))
    assert right.status_code == 200, right.text


def uris(*given: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("redirect_uri", given)


@uris("https://app.example/cb/", "https://app.example/cb//", "https://app.example")
async def test_RU01_a_trailing_slash(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri)


@uris(
    "https://app.example/cb/../evil",
    "https://app.example/cb/..%2f..%2fevil",
    "https://app.example/cb%252f..%252fevil",
    "https://app.example/x/../cb",
    "https://app.example/./cb",
)
async def test_RU02_path_traversal(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri)


@uris("https://app.example@evil.example/cb", "https://evil@app.example/cb")
async def test_RU04_userinfo(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri)


@uris("https://a@b@evil.example/", "https://app.example@@@@@evil.example/cb")
async def test_RU05_many_at_signs(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri)


@uris(
    r"https://app.example\@evil.example/cb",
    r"https:\\app.example\cb",
    r"https://app.example\cb",
    r"https://evil.example\.app.example/cb",
)
async def test_RU06_backslashes(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri)


@uris("https://app.example.evil.example/cb", "https://app.example/cbevil")
async def test_RU07_the_registered_one_as_a_prefix(
    probe: Probe, redirect_uri: str
) -> None:
    await is_refused(probe, redirect_uri)


@uris("https://evilapp.example/cb", "https://appxexample/cb", "https://.*/cb", ".*")
async def test_RU08_no_pattern_is_matched(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri)


@uris("https://APP.EXAMPLE/cb", "HTTPS://app.example/cb", "https://app.example/CB")
async def test_RU09_letter_case(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri)


@uris("https://app.example:443/cb", "https://app.example:/cb")
async def test_RU10_the_default_port(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri)


@uris(
    "https://app.example/cb?x=1",
    "https://app.example/cb?",
    "https://app.example/cb#",
    "https://app.example/cb#x",
)
async def test_RU11_a_query_or_a_fragment(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri)


@uris("https://app.example/cb;evil=1", "https://app.example/cb;")
async def test_RU12_path_parameters(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri)


@uris("https://app.example/c%62", "https://app.example/%63b")
async def test_RU14_percent_encoding(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri)


@uris("https://app.example./cb", "https://app.example%2eevil.com/cb")
async def test_RU15_a_trailing_dot(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri)


@uris(
    "https://app\u3002example/cb",
    "https://\u0430pp.example/cb",
    "https://xn--pp-6kc.example/cb",
    "https://\uff41pp.example/cb",
)
async def test_RU16_homographs(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri)


@uris(
    " https://app.example/cb",
    "https://app.example/cb ",
    "ht\ttps://app.example/cb",
    "https://app.exa\nmple/cb",
    "https://app.example/cb\n",
    "\x01https://app.example/cb",
)
async def test_RU17_characters_that_parsers_strip(
    probe: Probe, redirect_uri: str
) -> None:
    await is_refused(probe, redirect_uri)


@uris("https://app.example/cb\0", "https://app.example/cb\r\nSet-Cookie:x=1")
async def test_RU18_nul_and_line_ends(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri)


@uris("http://app.example/cb")
async def test_RU19_no_downgrade_to_http(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri)


@uris(
    "//app.example/cb",
    "/cb",
    "cb",
    "https:/app.example/cb",
    "https:app.example/cb",
    "https:///app.example/cb",
)
async def test_RU20_incomplete_uris(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri)


@uris(
    "javascript://app.example/%0aalert(1)",
    "JaVaScRiPt://app.example/cb",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "blob:https://app.example/cb",
    "file:///cb",
)
async def test_RU21_schemes_that_run(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri)
    await is_refused(probe, redirect_uri, client_id="native-app")


@uris(
    "http://127.0.0.1@evil.example/cb",
    "http://127.0.0.1.evil.example/cb",
    "http://localhost:80@evil.example/cb",
    "http://127.0.0.1:80@evil.example/cb",
    "http://127.0.0.1:8000\\@evil.example/cb",
)
async def test_RU24_a_loopback_address_that_is_none(
    probe: Probe, redirect_uri: str
) -> None:
    await is_refused(probe, redirect_uri, client_id="native-app")
    await is_refused(probe, redirect_uri)


@uris(
    "http://2130706433/cb",
    "http://0x7f.1/cb",
    "http://127.1/cb",
    "http://0.0.0.0/cb",
    "http://127.0.0.2/cb",
    "http://127.0.0.1./cb",
    "http://[::ffff:127.0.0.1]/cb",
    "http://①②⑦.0.0.1/cb",
)
async def test_RU25_other_spellings_of_loopback(
    probe: Probe, redirect_uri: str
) -> None:
    await is_refused(probe, redirect_uri, client_id="native-app")


@uris("http://localhost:1234/cb", "http://localhost/cb", "http://[::1]:1234/cb")
async def test_RU26_loopback_has_no_aliases(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri, client_id="native-app")


@uris(
    "http://127.0.0.1:99999/cb",
    "http://127.0.0.1:65536/cb",
    "http://127.0.0.1:080/cb",
    "http://127.0.0.1:0/cb",
    "http://127.0.0.1:-1/cb",
    "http://127.0.0.1:+80/cb",
    "http://127.0.0.1:٨٠/cb",
    "http://127.0.0.1:8 0/cb",
    "http://127.0.0.1:/cb",
    "http://[::1",
    "http://[::1/cb",
    "http://127.0.0.1:80/cb/",
    "http://127.0.0.1:80/CB",
    "http://127.0.0.1:80/cb?x=1",
    "https://127.0.0.1:80/cb",
    "HTTP://127.0.0.1:80/cb",
)
async def test_RU27_ports_that_are_none(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri, client_id="native-app")


@uris("http://127.0.0.1/cb", "http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb")
async def test_a_native_app_listens_on_any_loopback_port(
    probe: Probe, redirect_uri: str
) -> None:
    """RFC 8252 section 7.3; and the token request names the very same port."""
    code = await probe.auth.code(
        probe.browser, client_id="native-app", redirect_uri=redirect_uri
    )
    for uri, status in (("http://127.0.0.1:9/cb", 400), (redirect_uri, 200)):
        parameters = token_parameters(code, redirect_uri=uri, client_id="native-app")
        answer = await probe.auth.token(parameters, client_id=None)
        assert answer.status_code == status, answer.text


@uris(
    "com.example.app://cb",
    "com.example.app:///cb",
    "com.example.app:cb",
    "com.example.app:/cb/",
    "com.example.app:/cb?x=1",
    "COM.example.app:/cb",
    "com.example.app.evil:/cb",
)
async def test_RU28_a_private_use_scheme_is_matched_to_the_letter(
    probe: Probe, redirect_uri: str
) -> None:
    await is_refused(probe, redirect_uri, client_id="native-app")


async def test_RU28_a_registered_private_use_scheme_works(probe: Probe) -> None:
    uri = "com.example.app:/cb"

    code = await probe.auth.code(
        probe.browser, client_id="native-app", redirect_uri=uri
    )

    parameters = token_parameters(code, redirect_uri=uri, client_id="native-app")
    answer = await probe.auth.token(parameters, client_id=None)
    assert answer.status_code == 200, answer.text


@uris("http://127.0.0.1:9/cb", "http://localhost:9/cb", "http://[::1]:9/cb")
async def test_RU29_a_web_app_gets_no_loopback(probe: Probe, redirect_uri: str) -> None:
    await is_refused(probe, redirect_uri)
    await is_refused(probe, redirect_uri, client_id="spa-app")


async def test_RU30_an_omitted_redirect_uri_is_never_guessed(probe: Probe) -> None:
    """Not of two registered ones, and not the only one (OAuth 2.1 section 4.1.1)."""
    for client_id in ("native-app", "web-app"):
        await probe.is_shown(client_id=client_id, redirect_uri=None)
        await probe.is_shown(client_id=client_id, redirect_uri="")


async def test_RU31_an_app_without_redirect_uris(probe: Probe) -> None:
    for redirect_uri in (None, REGISTERED, ""):
        await probe.is_shown(client_id="service-app", redirect_uri=redirect_uri)


async def test_RU32_a_huge_redirect_uri(probe: Probe) -> None:
    """Over 4 KiB no field is read; over 16 KiB no request."""
    before = probe.stores.counts()
    for length in (2_048, 4_096, 8_192):
        uri = REGISTERED + "a" * (length - len(REGISTERED))
        shown(await probe.ask(redirect_uri=uri))
    for answer, status in (
        (await probe.ask(redirect_uri=REGISTERED + "a" * 32_768), 431),
        (await probe.post(redirect_uri=REGISTERED + "a" * 2**20), 413),
    ):
        assert answer.status_code == status
        assert "location" not in answer.headers
        has_headers(answer)
    assert not probe.stores.changes_since(before)
    await probe.is_well()


@pytest.mark.parametrize(
    "redirect_uri", ["https://app.example/cB", "https://app.example/c", None, ""]
)
async def test_RU33_the_token_request_names_the_same_redirect_uri(
    auth: AuthorizationServer, probe: Probe, redirect_uri: str | None
) -> None:
    code = await auth.code(probe.browser)

    wrong = await auth.token(token_parameters(code, redirect_uri=redirect_uri))

    assert wrong.status_code == 400
    assert wrong.json()["error"] == "invalid_grant"
    assert (await auth.token(token_parameters(code))).status_code == 200


async def test_an_error_for_one_app_never_goes_to_another(probe: Probe) -> None:
    """Each redirect_uri is of the app that registered it."""
    await is_refused(probe, "https://other.example/cb")
    await is_refused(probe, REGISTERED, client_id="other-app")
    answer = await probe.ask(
        client_id="other-app", redirect_uri="https://other.example/cb", prompt="x"
    )
    sent_back(answer, "invalid_request", to="https://other.example/cb")
    assert not has_code(answer)
    assert urlencode({"iss": probe.auth.issuer}) in answer.headers["location"]
