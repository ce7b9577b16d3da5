"""What may be registered: each URI is one slip away from a good one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth_service.protocol.client_metadata import (
    MAX_REDIRECT_URIS,
    name_problem,
    redirect_uri_problem,
    redirect_uris_problem,
    web_page_problem,
)

GOOD = (
    "https://rp.example/cb",
    "https://rp.example",
    "https://rp.example:8443/a/b?c=d&e=f",
    "https://sub.rp-1.example/~me/cb%20x/@me",
    "https://192.0.2.7/cb",
    "http://127.0.0.1/cb",
    "http://127.0.0.1:9500/cb",
    "http://[::1]:3000/cb",
    "http://localhost:3000/cb",
)


def refused(uri: str, application_type: str = "web") -> bool:
    return redirect_uri_problem(uri, application_type=application_type) is not None


@pytest.mark.parametrize("uri", GOOD)
@pytest.mark.parametrize("application_type", ["web", "native"])
def test_a_good_redirect_uri_is_taken(uri: str, application_type: str) -> None:
    assert not refused(uri, application_type)


@pytest.mark.parametrize(
    "uri", ["https://*.rp.example/cb", "https://rp.example/*", "*", "http://*/cb"]
)
def test_RU34_a_wildcard_is_refused(uri: str) -> None:
    assert refused(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "javascript://rp.example/%0aalert(1)",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:https://rp.example/1",
        "file:///etc/passwd",
        "about:blank",
    ],
)
@pytest.mark.parametrize("application_type", ["web", "native"])
def test_RU21_a_scheme_that_runs_or_reads_is_refused(
    uri: str, application_type: str
) -> None:
    assert refused(uri, application_type)
    assert web_page_problem(uri, loopback=True)


@pytest.mark.parametrize(
    "uri",
    [
        "https://rp.example/cb#",
        "https://rp.example/cb#x",
        "http://rp.example/cb",
        "https://user@rp.example/cb",
        "https://user:password@rp.example/cb",
        "http://127.0.0.1@evil.example/cb",
        "http://localhost:80@evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "https://rp.example\\@evil.example/cb",
        "https:\\\\rp.example\\cb",
        "https://RP.example/cb",
        "HTTPS://rp.example/cb",
        "https://rp.example./cb",
        "https://rp..example/cb",
        "https://-rp.example/cb",
        "https://rp.example%2eevil.example/cb",
        "https://rp。example/cb",
        "https://rp.exаmple/cb",
        " https://rp.example/cb",
        "https://rp.example/cb\n",
        "https://rp.exa\tmple/cb",
        "https://rp.example/c b",
        "https://rp.example/cb%00",
        "https://rp.example/cb%0d%0aSet-Cookie:x=1",
        "https://rp.example/cb%zz",
        "https://rp.example/cb/../evil",
        "https://rp.example/./cb",
        "https://rp.example/cb/%2E%2e/evil",
        "https://rp.example/cb/..",
        "//rp.example/cb",
        "/cb",
        "https:/rp.example/cb",
        "https:rp.example/cb",
        "https:///rp.example/cb",
        "https://",
        "https://rp.example:0/cb",
        "https://rp.example:080/cb",
        "https://rp.example:99999/cb",
        "https://rp.example:-1/cb",
        "https://rp.example:/cb",
        "http://[::1",
        "https://[::2]/cb",
        "http://2130706433/cb",
        "http://0x7f.1/cb",
        "https://127.1/cb",
        "https://0x7f000001/cb",
        "https://127.0.0.01/cb",
        "http://0.0.0.0/cb",
        "",
        "https://rp.example/" + "x" * 2030,
    ],
)
@pytest.mark.parametrize("application_type", ["web", "native"])
def test_DC07_junk_is_no_redirect_uri(uri: str, application_type: str) -> None:
    assert refused(uri, application_type)


@pytest.mark.parametrize(
    "uri",
    ["com.example.app:/", "com.example.app:/cb", "com.example.my-app:/a/b?c=d"],
)
def test_RU28_an_own_scheme_is_for_native_apps(uri: str) -> None:
    """RFC 8252 section 7.1."""
    assert not refused(uri, "native")
    assert refused(uri, "web")


@pytest.mark.parametrize(
    "uri",
    [
        "com.example.app://cb",
        "com.example.app:///cb",
        "com.example.app:cb",
        "com.example.app:",
        "com.example.app:/cb/../x",
        "com.example.app:/cb#x",
        "Com.Example.App:/cb",
        "myapp:/cb",
    ],
)
def test_RU28_an_own_scheme_has_a_dot_and_one_slash(uri: str) -> None:
    assert refused(uri, "native")


def test_DC07_a_list_has_bounds_and_says_which_line_is_wrong() -> None:
    many = [f"https://rp.example/{n}" for n in range(MAX_REDIRECT_URIS + 1)]
    assert redirect_uris_problem(many[1:], application_type="web") is None
    assert redirect_uris_problem(many, application_type="web")
    assert redirect_uris_problem([], application_type="web")
    assert redirect_uris_problem([], application_type="web", at_least=0) is None
    problem = redirect_uris_problem(["https://a.example/", "*"], application_type="web")
    assert problem is not None
    assert problem.startswith("Line 2: ")


@pytest.mark.parametrize(
    "uri",
    [
        "http://rp.example/",
        "data:image/svg+xml,<svg onload=x>",
        "javascript:alert(1)",
        "https://user@rp.example/",
        "file:///x",
        "https://rp.example/\u202e",
    ],
)
def test_DC05_a_link_on_our_pages_is_https(uri: str) -> None:
    assert web_page_problem(uri, loopback=True)


def test_DC05_a_page_on_this_computer_is_for_development() -> None:
    assert web_page_problem("http://localhost:9002/", loopback=True) is None
    assert web_page_problem("http://localhost:9002/", loopback=False)
    assert web_page_problem("https://rp.example/#about", loopback=False) is None


@pytest.mark.parametrize("name", ["Notes", "Ноты", "דוגמה", "写真 2", "x" * 100])
def test_a_name_may_be_in_any_script(name: str) -> None:
    assert name_problem(name) is None


@pytest.mark.parametrize(
    "name", ["", "  ", "x" * 101, "a\u202eb", "a\u200bb", "a\nb", "a\0b", "\u2066a"]
)
def test_DC09_a_name_cannot_hide_or_reorder_text(name: str) -> None:
    assert name_problem(name)


@given(st.text(max_size=80))
def test_no_text_breaks_the_rules(text: str) -> None:
    """Whatever is typed: an answer, and never an exception."""
    for uri in (
        text,
        f"https://{text}",
        f"com.example.app:{text}",
        f"https://a/{text}",
    ):
        redirect_uri_problem(uri, application_type="native")
        web_page_problem(uri, loopback=True)
    name_problem(text)
