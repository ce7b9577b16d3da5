"""Every answer carries its headers, whatever it answers; static files are few."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import JSONResponse, Response

from auth_service.web import static_files
from auth_service.web.headers import (
    HSTS,
    SecurityHeaders,
    form_action_source,
    html_headers,
)
from auth_service.web.pages import page
from valetkey.asgi import Limits, RequestScope

ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


def build() -> FastAPI:
    app = FastAPI()
    app.include_router(static_files.routes)

    @app.get("/ok")
    async def ok() -> JSONResponse:
        return JSONResponse({})

    @app.post("/body")
    async def body() -> JSONResponse:
        return JSONResponse({})

    @app.get("/fails")
    async def fails() -> None:
        raise RuntimeError("unforeseen")

    @app.get("/page")
    async def html() -> Response:
        return page(
            "home.html",
            form_action="https://app.example/cb?x=1",
            issuer="https://id.example",
        )

    @app.get("/login")
    async def login() -> Response:
        return page("home.html", issuer="https://id.example")

    @app.get("/pictures/1.webp")
    async def picture() -> Response:
        return Response(
            b"",
            headers={
                "Cross-Origin-Resource-Policy": "cross-origin",
                "Cache-Control": "public, max-age=31536000, immutable",
            },
        )

    return app


def browse(*, https: bool) -> httpx.AsyncClient:
    inner = RequestScope(Limits(build(), hosts=["id.example"], body=64))
    app = SecurityHeaders(inner, https=https)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://id.example")


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    async with browse(https=False) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/ok", 200),
        ("GET", "/page", 200),
        ("GET", "/nowhere", 404),
        ("DELETE", "/ok", 405),
        ("POST", "/body", 413),
        ("GET", "/fails", 500),
    ],
)
async def test_G6_every_answer_has_the_header_set(
    browser: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    content = b"x" * 65 if status == 413 else None
    answer = await browser.request(method, path, content=content)
    assert answer.status_code == status
    assert {name: answer.headers.get_list(name) for name in ALWAYS} == {
        name: [value] for name, value in ALWAYS.items()
    }
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "camera=()" in answer.headers["permissions-policy"]


async def test_G6_another_host_is_refused_with_the_header_set(
    browser: httpx.AsyncClient,
) -> None:
    answer = await browser.get("/ok", headers={"host": "evil.example"})
    assert answer.status_code == 421
    assert answer.headers["x-frame-options"] == "DENY"


async def test_hsts_is_for_https_only(browser: httpx.AsyncClient) -> None:
    assert "strict-transport-security" not in (await browser.get("/ok")).headers
    async with browse(https=True) as client:
        answer = await client.get("/nowhere")
    assert answer.headers["strict-transport-security"] == HSTS


async def test_what_an_answer_sets_itself_stays(browser: httpx.AsyncClient) -> None:
    headers = (await browser.get("/pictures/1.webp")).headers
    assert headers.get_list("cross-origin-resource-policy") == ["cross-origin"]
    assert headers.get_list("cache-control") == ["public, max-age=31536000, immutable"]


async def test_a_page_runs_nothing_and_posts_where_it_may(
    browser: httpx.AsyncClient,
) -> None:
    (policy,) = (await browser.get("/page")).headers.get_list("content-security-policy")
    assert policy == (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "form-action 'self' https://app.example; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


async def test_a_flow_may_pass_through_a_popup(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/login")
    assert answer.headers["cross-origin-opener-policy"] == "unsafe-none"


@pytest.mark.parametrize(
    ("redirect_uri", "source"),
    [
        ("https://app.example/cb?a=b", "https://app.example"),
        ("https://app.example", "https://app.example"),
        ("http://127.0.0.1:9500/cb", "http://127.0.0.1:9500"),
        ("http://[::1]:9500/cb", "http:"),
        ("com.example.app:/cb", "com.example.app:"),
        ("com.example.app:", "com.example.app:"),
        ("https://user@app.example/", "https://app.example"),
        ("https://a.example; script-src *", "https:"),
        ("https://[::1", ""),
        ("https://app.example:99999/", ""),
        ("'unsafe-inline'", ""),
        ("", ""),
    ],
)
def test_a_redirect_uri_becomes_one_source_of_the_policy(
    redirect_uri: str, source: str
) -> None:
    assert form_action_source(redirect_uri) == source


def test_the_policy_without_a_redirect_uri_allows_our_own_forms_only() -> None:
    assert "form-action 'self';" in html_headers()["content-security-policy"]


async def test_static_files_are_immutable(browser: httpx.AsyncClient) -> None:
    for name, media_type in (
        ("valetkey.css", "text/css; charset=utf-8"),
        ("valetkey.svg", "image/svg+xml"),
    ):
        answer = await browser.get(static_files.URLS[name])
        assert answer.status_code == 200
        assert answer.headers["content-type"] == media_type
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        head = await browser.head(static_files.URLS[name])
        assert head.status_code == 200
        assert head.headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize(
    "path",
    [
        "/static/..%2f..%2fetc/passwd",
        "/static/..%2fpages.py",
        "/static/%2e%2e/pages.py",
        "/static/%2fetc%2fpasswd",
        "/static/..\\pages.py",
        "/static/valetkey.css",
        "/static/",
        "/static/x%00.css",
    ],
)
async def test_HT10_nothing_else_is_served(
    browser: httpx.AsyncClient, path: str
) -> None:
    assert (await browser.get(path)).status_code == 404
