"""Attacks on where signing in leads to (attacks, 1.3)."""

from urllib.parse import urlencode

import pytest

from tests.builders.auth import ISSUER
from tests.e2e.answers import shown
from tests.e2e.attacks.login_page import FORM, HOST, LOGIN, SESSION, login_form, post
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import Somebody


@pytest.mark.parametrize(
    "next_path",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%5cevil.example",
        "/%2f%2fevil.example",
        "https:evil.example",
        "https://evil.example/",
        "https:///evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/%09/evil.example",
        " /evil.example",
        "javascript:alert(1)",
        "https://id.example@evil.example",
        "account",
        "/account\r\nX-Injected: 1",
        "/é",
    ],
)
async def test_LG12_next_stays_on_this_site(
    auth: AuthorizationServer, somebody: Somebody, next_path: str
) -> None:
    for path, fields in (
        ("/login", {"identifier": somebody.username, "password": somebody.password}),
        ("/register", None),
    ):
        browser = auth.browser()
        page = await browser.get(f"{ISSUER}{path}", next=next_path)
        assert "evil.example" not in page.response.text
        if fields is None:
            continue
        form = page.form(path).fields | fields | {"next": next_path}
        answer = await post(browser, form, path=path)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/account"
        assert "x-injected" not in answer.headers


async def test_LG12_next_leads_to_a_path_of_ours(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    browser = auth.browser()
    page = await browser.get(LOGIN, next="/account/sessions?x=1")
    form = page.form("/login").fields
    form |= {"identifier": somebody.username, "password": somebody.password}

    answer = await post(browser, form)

    assert answer.headers["location"] == "/account/sessions?x=1"


async def test_LG30_a_password_in_a_query_is_ignored(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    browser = auth.browser()
    form = await login_form(browser)
    form |= {"identifier": somebody.username, "password": somebody.password}
    query = urlencode(form)

    page = await browser.get(f"{LOGIN}?{query}")
    assert page.response.status_code == 200
    assert somebody.password not in page.response.text
    posted = await browser.request("POST", f"{LOGIN}?{query}", content="", headers=FORM)
    shown(posted, 403)
    assert SESSION not in browser.cookies[HOST]
    for method in ("PUT", "DELETE", "HEAD", "OPTIONS"):
        answer = await browser.request(method, f"{LOGIN}?{query}")
        shown(answer, 405)
        assert set(answer.headers["allow"].split(", ")) == {"GET", "POST"}
