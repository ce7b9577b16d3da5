"""A sign-in that another site begins (OpenID Connect Core section 4)."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.contract.client_demo.peer import query

OURS = {"iss": "https://op.example"}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_it_leads_to_our_provider_with_its_hint(browser, peer, method) -> None:
    told = OURS | {
        "login_hint": "alice@example.com",
        "target_link_uri": "https://client.example/notes",
    }
    # Another site's form, by definition.
    where = {"params": told} if method == "GET" else {"data": told}
    headers = {"sec-fetch-site": "cross-site", "origin": "https://op.example"}

    answer = await browser.send(method, "/login-initiation", headers=headers, **where)

    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert asked["login_hint"] == ["alice@example.com"]
    assert "target_link_uri" not in asked
    back = await browser.arrive(peer.sign_in(answer.headers["location"]))
    assert back.headers["location"] == "/notes"


@pytest.mark.parametrize("iss", ["", "https://evil.example", "https://op.example/"])
async def test_another_provider_is_refused(browser, iss) -> None:
    answer = await browser.get(f"/login-initiation?{query({'iss': iss})}")

    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/notes",
        "https://client.example.evil.example/",
        "https://client.example@evil.example/",
        "https://client.example//evil.example",
        "https://client.example/\\evil.example",
        "//evil.example",
        "javascript:alert(1)",
        "/notes",
    ],
)
async def test_target_link_uri_leads_to_our_own_pages_only(browser, peer, target):
    told = query(OURS | {"target_link_uri": target})

    url = await browser.begin(f"/login-initiation?{told}")

    assert (await browser.arrive(peer.sign_in(url))).headers["location"] == "/"
