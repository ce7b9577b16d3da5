"""Answers by form post and as JWTs, and what could be smuggled into them."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from tests.builders.auth import ISSUER
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Page
from tests.e2e.people import Somebody

XSS = "\"><img src=x onerror=alert(1)>'\u200b&amp;"


async def ask(auth: AuthorizationServer, somebody: Somebody, **changes: str) -> Page:
    return await auth.authorize(somebody.browser.copy(), **changes)


async def read(auth: AuthorizationServer, response: str) -> dict[str, Any]:
    keys = jwt.PyJWKSet.from_dict((await auth.http().get("/oauth/jwks")).json())
    header = jwt.get_unverified_header(response)
    key = next(k for k in keys.keys if k.key_id == header["kid"])
    claims: dict[str, Any] = jwt.decode(
        response, key, ["RS256"], audience="web-app", issuer=ISSUER
    )
    return claims


async def test_AZ24_nothing_breaks_out_of_the_form(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    page = await ask(auth, somebody, response_mode="form_post", state=XSS)

    assert page.response.status_code == 200
    assert "<img" not in page.response.text.partition("</header>")[2]
    policy = page.response.headers["content-security-policy"]
    nonce = re.search(r"script-src 'nonce-([\w-]{43})';", policy)
    assert nonce is not None
    assert page.response.text.count("<script") == 1
    assert f'<script nonce="{nonce[1]}">' in page.response.text
    assert "form-action https://app.example;" in policy
    (form,) = page.forms
    assert (form.action, form.method) == ("https://app.example/cb", "post")
    assert form.fields.keys() == {"code", "state", "iss"}
    assert form.fields["state"] == XSS
    assert unescape(form.fields["iss"]) == ISSUER
    assert "location" not in page.response.headers
    assert page.response.headers["cache-control"] == "no-store"


async def test_AZ24_each_page_has_a_nonce_of_its_own(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    policies = {
        (await ask(auth, somebody, response_mode="form_post")).response.headers[
            "content-security-policy"
        ]
        for _ in range(3)
    }
    assert len(policies) == 3


async def test_a_refusal_is_posted_too(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    page = await ask(auth, somebody, response_mode="form_post", scope="admin")
    (form,) = page.forms
    assert form.fields["error"] == "invalid_scope"


async def test_nothing_is_posted_to_an_apps_own_scheme(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    page = await ask(
        auth,
        somebody,
        client_id="native-app",
        redirect_uri="com.example.app:/cb",
        response_mode="form_post",
    )
    assert "error=invalid_request" in page.url


@pytest.mark.parametrize("mode", ["jwt", "query.jwt"])
async def test_a_signed_answer_is_one_parameter(
    auth: AuthorizationServer, somebody: Somebody, mode: str
) -> None:
    page = await ask(auth, somebody, response_mode=mode)

    query = parse_qs(urlsplit(page.url).query)
    assert query.keys() == {"response"}
    claims = await read(auth, page.query["response"])
    assert claims.keys() == {"iss", "aud", "exp", "code", "state"}
    assert claims["state"] == "the-state"


async def test_a_signed_refusal_by_form(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    page = await ask(auth, somebody, response_mode="form_post.jwt", scope="admin")
    (form,) = page.forms
    assert form.fields.keys() == {"response"}
    claims = await read(auth, form.fields["response"])
    assert claims["error"] == "invalid_scope"


async def test_the_person_who_says_no_is_told_in_the_same_mode(
    auth: AuthorizationServer,
) -> None:
    browser = auth.browser()
    page = await auth.authorize(
        browser, response_mode="form_post.jwt", prompt="consent"
    )
    page = await auth.sign_in(browser, page)
    page = await browser.send(page, "/consent", action="deny")
    (form,) = page.forms
    claims = await read(auth, form.fields["response"])
    assert claims["error"] == "access_denied"


async def test_a_signed_answer_is_no_id_token_hint(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    page = await ask(auth, somebody, response_mode="jwt")
    again = await ask(auth, somebody, id_token_hint=page.query["response"])
    assert again.query["error"] == "invalid_request"
    assert isinstance(again.response, httpx.Response)
