"""Attacks on how the authorization endpoint is asked (attacks, 1.1)."""

import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.builders.auth import ISSUER, authorize_parameters
from tests.e2e.answers import has_code, has_headers, shown
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import Somebody
from tests.e2e.probe import Probe

EVIL = "https://evil.example/"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded; charset=utf-16",
        "",
    ],
)
async def test_AZ32_only_a_form_is_read(probe: Probe, content_type: str) -> None:
    good = authorize_parameters()
    body = json.dumps(good) if content_type == "application/json" else urlencode(good)
    before = probe.stores.counts()

    answer = await probe.browser.request(
        "POST", probe.url, content=body, headers={"content-type": content_type}
    )

    shown(answer, 415)
    assert not probe.stores.changes_since(before)
    assert has_code(await probe.post())


@pytest.mark.parametrize(
    "method", ["PUT", "DELETE", "PATCH", "TRACE", "HEAD", "OPTIONS", "BOGUS"]
)
async def test_AZ33_only_get_and_post(probe: Probe, method: str) -> None:
    query = urlencode(authorize_parameters())
    before = probe.stores.counts()

    answer = await probe.browser.request(method, f"{probe.url}?{query}")

    shown(answer, 405)
    assert set(answer.headers["allow"].split(", ")) == {"GET", "POST"}
    assert not probe.stores.changes_since(before)
    await probe.is_well()


async def test_AZ33_a_header_does_not_change_the_method(probe: Probe) -> None:
    query = urlencode(authorize_parameters())
    headers = {"x-http-method-override": "POST", "x-method-override": "DELETE"}

    answer = await probe.browser.request("GET", f"{probe.url}?{query}", headers=headers)

    assert has_code(answer)
    refused = await probe.browser.request("DELETE", probe.url, headers=headers)
    shown(refused, 405)


@pytest.mark.parametrize(
    "origin", [EVIL.rstrip("/"), "null", "https://app.example", "https://spa.example"]
)
async def test_AZ34_no_other_origin_may_read_authorize(
    probe: Probe, origin: str
) -> None:
    query = urlencode(authorize_parameters(client_id="spa-app"))
    headers = {
        "origin": origin,
        "access-control-request-method": "GET",
        "access-control-request-headers": "authorization",
    }
    for method in ("GET", "POST", "OPTIONS"):
        answer = await probe.browser.request(
            method, f"{probe.url}?{query}", headers=headers
        )
        assert not [n for n in answer.headers if n.startswith("access-control-")]


async def test_AZ38_a_huge_request_is_refused(probe: Probe) -> None:
    before = probe.stores.counts()
    for url, headers in (
        (f"{probe.url}?x={'a' * 60_000}", {}),
        (f"{probe.url}?{urlencode(authorize_parameters())}", {"x-big": "b" * 131_072}),
    ):
        answer = await probe.browser.request("GET", url, headers=headers)
        assert answer.status_code == 431
        assert "location" not in answer.headers
        has_headers(answer)
    many = "".join(f"&p{n}=1" for n in range(60))
    await probe.is_shown(many)
    assert probe.stores.changes_since(before) == {"code": 1}  # of the control


async def test_AZ40_no_answer_to_a_password_is_repeated_elsewhere(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    """303 all the way: a browser turns it into GET, as it would not 307."""
    browser = auth.browser()
    login = await auth.authorize(browser)
    form = login.form("/login").fields | {
        "identifier": somebody.username,
        "password": somebody.password,
    }
    answer = await browser.request("POST", f"{ISSUER}/login", data=form)

    while "location" in answer.headers and not has_code(answer):
        assert answer.status_code == 303
        assert somebody.password not in answer.headers["location"]
        answer = await browser.request("GET", f"{ISSUER}{answer.headers['location']}")
    assert has_code(answer)
    assert answer.status_code == 303


async def test_AZ41_no_answer_is_kept_by_a_cache(
    auth: AuthorizationServer, probe: Probe
) -> None:
    query = urlencode(authorize_parameters())
    conditions = {
        "if-none-match": "*",
        "if-modified-since": "Sat, 1 Jan 2050 00:00:00 GMT",
    }
    answers = [
        await probe.browser.request("GET", f"{probe.url}?{query}", headers=conditions)
        for _ in range(2)
    ]
    login = await auth.authorize(auth.browser())

    for answer in (*answers, login.response):
        assert answer.headers["cache-control"] == "no-store"
        assert not {"etag", "last-modified", "expires"} & set(answer.headers)
    first, second = (parse_qs(urlsplit(a.headers["location"]).query) for a in answers)
    assert first["code"] != second["code"]
