"""Where answers go, and how they look there."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth_service.protocol.client import Client
from auth_service.protocol.reply import ReplyAddress, match_reply_address
from auth_service.protocol.response_mode import read_response_mode
from tests.builders.auth import ISSUER
from tests.builders.protocol import NOW
from valetkey.errors import AccessDenied, InvalidRequest, LoginRequired

WEB = Client(
    client_id="web-app",
    client_name="Web App",
    token_endpoint_auth_method="client_secret_basic",
    grant_types=frozenset({"authorization_code"}),
    scopes=frozenset({"openid"}),
    redirect_uris=("https://app.example/cb", "http://127.0.0.1/cb"),
)
NATIVE = replace(
    WEB,
    application_type="native",
    redirect_uris=("http://127.0.0.1/cb", "http://[::1]:9/cb", "com.example.app:/cb"),
)


def match(redirect_uri: str | None, client: Client) -> ReplyAddress:
    parameters = {} if redirect_uri is None else {"redirect_uri": redirect_uri}
    return match_reply_address(parameters, client, issuer=ISSUER)


def query(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=True)


@pytest.mark.parametrize("redirect_uri", WEB.redirect_uris)
def test_the_registered_uri_is_used_to_the_letter(redirect_uri: str) -> None:
    assert match(redirect_uri, WEB).redirect_uri == redirect_uri


@pytest.mark.parametrize(
    "redirect_uri",
    [
        None,
        "https://app.example/cb/",
        "HTTPS://app.example/cb",
        "http://127.0.0.1:9/cb",
    ],
)
def test_any_other_uri_is_refused(redirect_uri: str | None) -> None:
    with pytest.raises(InvalidRequest):
        match(redirect_uri, WEB)


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "http://127.0.0.1:1/cb",
        "http://127.0.0.1:65535/cb",
        "http://[::1]:4000/cb",
        "http://[::1]/cb",
        "com.example.app:/cb",
    ],
)
def test_a_native_app_may_use_any_loopback_port(redirect_uri: str) -> None:
    assert match(redirect_uri, NATIVE).redirect_uri == redirect_uri


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:080/cb",
        "http://127.0.0.1:٨٠/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:80/cb\n",
        "http://127.0.0.1:80/cb?x",
        "http://127.0.0.1:80@evil.example/cb",
        "http://127x0x0x1:80/cb",
        "http://localhost:80/cb",
        "https://127.0.0.1:80/cb",
        "com.example.app://cb",
    ],
)
def test_nothing_else_about_a_native_uri_may_differ(redirect_uri: str) -> None:
    with pytest.raises(InvalidRequest):
        match(redirect_uri, NATIVE)


@given(st.text(max_size=60))
def test_no_text_but_the_registered_one_is_ever_matched(redirect_uri: str) -> None:
    if redirect_uri in WEB.redirect_uris:
        return
    with pytest.raises(InvalidRequest):
        match(redirect_uri, WEB)


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=50))
def test_state_comes_back_as_it_was(state: str) -> None:
    address = ReplyAddress(
        redirect_uri="https://app.example/cb",
        state=state,
        issuer=ISSUER,
        client_id="app",
    )

    url = address.grants("the-code").url

    assert query(url) == [("code", "the-code"), ("state", state), ("iss", ISSUER)]
    assert url.isascii()
    assert url.isprintable()
    assert "#" not in url


def test_a_refusal_says_error_state_and_iss() -> None:
    address = ReplyAddress(
        redirect_uri="https://app.example/cb", state="s", issuer=ISSUER, client_id="app"
    )

    assert query(address.refuses(AccessDenied("the person said no")).url) == [
        ("error", "access_denied"),
        ("error_description", "the person said no"),
        ("state", "s"),
        ("iss", ISSUER),
    ]
    without = replace(address, state=None)
    assert query(without.refuses(LoginRequired()).url) == [
        ("error", "login_required"),
        ("iss", ISSUER),
    ]


def test_the_query_of_a_registered_uri_stays() -> None:
    """RFC 6749 section 3.1.2: it must be retained."""
    address = ReplyAddress(
        redirect_uri="https://app.example/cb?a=1",
        state=None,
        issuer=ISSUER,
        client_id="app",
    )

    assert query(address.grants("c").url) == [
        ("a", "1"),
        ("code", "c"),
        ("iss", ISSUER),
    ]


@pytest.mark.parametrize(
    ("redirect_uri", "host"),
    [
        ("https://app.example/cb", "app.example"),
        ("http://127.0.0.1:4000/cb", "127.0.0.1:4000"),
        ("com.example.app:/cb", "com.example.app:"),
    ],
)
def test_the_page_names_where_the_answer_goes(redirect_uri: str, host: str) -> None:
    address = ReplyAddress(
        redirect_uri=redirect_uri, state=None, issuer=ISSUER, client_id="app"
    )

    assert address.host == host


def test_a_signed_answer_says_for_whom_and_until_when() -> None:
    """JARM section 2.1; `iss` is inside, and the JWT alone travels (2.3.1)."""
    address = ReplyAddress(
        redirect_uri="https://app.example/cb",
        state="s",
        issuer=ISSUER,
        client_id="app",
        response_mode="query.jwt",
    )
    reply = address.grants("c")

    claims = reply.claims(NOW)

    assert claims == {
        "iss": ISSUER,
        "aud": "app",
        "exp": int(NOW.timestamp()) + 600,
        "code": "c",
        "state": "s",
    }
    assert query(reply.signed("a.b.c").url) == [("response", "a.b.c")]


@pytest.mark.parametrize(
    ("asked", "mode", "signed", "posted"),
    [
        ({}, "query", False, False),
        ({"response_mode": "query"}, "query", False, False),
        ({"response_mode": "form_post"}, "form_post", False, True),
        ({"response_mode": "jwt"}, "query.jwt", True, False),
        ({"response_mode": "query.jwt"}, "query.jwt", True, False),
        ({"response_mode": "form_post.jwt"}, "form_post.jwt", True, True),
        ({"response_mode": "fragment"}, "query", False, False),
        ({"response_mode": "fragment.jwt"}, "query", False, False),
        ({"response_mode": "web_message"}, "query", False, False),
    ],
)
def test_the_mode_is_part_of_the_address(
    asked: dict[str, str], mode: str, signed: bool, posted: bool
) -> None:
    parameters = {"redirect_uri": "https://app.example/cb", **asked}

    address = match_reply_address(parameters, WEB, issuer=ISSUER)

    assert address.response_mode == mode
    assert (address.is_signed, address.is_posted) == (signed, posted)


def test_nothing_is_posted_to_a_scheme_of_an_apps_own() -> None:
    own = "com.example.app:/cb"
    parameters = {"redirect_uri": own, "response_mode": "form_post"}

    assert not match_reply_address(parameters, NATIVE, issuer=ISSUER).is_posted
    assert read_response_mode(parameters, own) is None
