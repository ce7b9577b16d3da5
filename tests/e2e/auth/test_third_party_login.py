"""A sign-in that begins here: the Open button of an app (OIDC Core section 4)."""

from html import unescape
from urllib.parse import quote

import pytest

from tests.builders.auth import ISSUER
from tests.e2e.auth.test_apps import FORM, client_id, register_app, show
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Page
from tests.e2e.people import register
from tests.e2e.registered import provision

START = "https://app.example/start"


@pytest.mark.parametrize(
    ("uri", "href"),
    [
        (START, f"{START}?iss={quote(ISSUER, safe='')}"),
        (f"{START}?a=b", f"{START}?a=b&iss={quote(ISSUER, safe='')}"),
    ],
)
async def test_a_connected_app_can_be_opened_from_the_account(
    auth: AuthorizationServer, uri: str, href: str
) -> None:
    await provision(auth, "launched-app", initiate_login_uri=uri)
    mine = await register(auth)
    await auth.code(mine.browser, client_id="launched-app", scope="openid")
    await auth.code(mine.browser, scope="openid")

    page = await mine.browser.get(f"{ISSUER}/account/apps")

    links = [part.split(">")[0] for part in page.response.text.split("<a ")[1:]]
    opening = [unescape(link) for link in links if START in link]
    assert len(opening) == 1
    assert f'href="{href}"' in opening[0]
    assert "noreferrer noopener" in opening[0]


@pytest.mark.parametrize("uri", ["javascript:alert(1)", "data:text/html,x", "x://y"])
async def test_CN08_an_app_is_opened_at_a_web_page_only(
    auth: AuthorizationServer, uri: str
) -> None:
    await provision(auth, "scripted-app", initiate_login_uri=uri)
    mine = await register(auth)
    await auth.code(mine.browser, client_id="scripted-app", scope="openid")
    page = await mine.browser.get(f"{ISSUER}/account/apps")
    assert uri not in page.response.text


async def test_a_developer_says_where_their_app_begins_a_sign_in(
    auth: AuthorizationServer,
) -> None:
    owner = await register(auth)
    page = await register_app(auth, owner, initiate_login_uri=START)
    app = client_id(page)
    page = await show(auth, owner, app)
    assert f'href="{START}?iss=' in page.response.text

    async def save(uri: str) -> Page:
        fields = {**FORM, "initiate_login_uri": uri}
        return await owner.browser.send(page, f"/apps/{app}", **fields)

    for wrong in ("http://app.example/start", "javascript:alert(1)", "app.example"):
        page = await save(wrong)
        assert page.response.status_code == 400
        assert 'id="error-initiate_login_uri"' in page.response.text
    page = await save("")
    assert page.url.endswith("?done=saved")
    assert ">Open<" not in page.response.text
