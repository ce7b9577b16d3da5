"""Attacks on the HTTP layer (attacks, 1.20)."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
import uvicorn

from tests.builders.auth import authorize_parameters
from tests.e2e.answers import has_headers, shown
from tests.e2e.authorization_server import AuthorizationServer

HOST = b"Host: id.example\r\n"
JSON = "application/json"


@pytest.fixture(scope="module")
async def port(auth: AuthorizationServer) -> AsyncIterator[int]:
    """The application behind a real uvicorn."""
    config = uvicorn.Config(
        auth.app, port=0, lifespan="off", log_config=None, server_header=False
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def send(port: int, raw: bytes) -> bytes:
    """Send bytes; everything that comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw)
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 5, 6\r\n",
        b"Content-Length: -1\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Bare-LF: x\nContent-Length: 5\r\nContent-Length: 50\r\n",
        b"X: a\r\n b\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    ],
    ids=repr,
)
async def test_HT01_a_request_with_two_lengths_is_refused(
    port: int, headers: bytes
) -> None:
    """And what follows in the same bytes is not taken for a request."""
    hidden = b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    raw = b"POST /oauth/token HTTP/1.1\r\n" + HOST + headers + b"\r\n0\r\n\r\n" + hidden

    answer = await send(port, raw)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b'"status"' not in answer
    assert (await send(port, hidden)).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/oauth/token"),
        ("POST", "/oauth/introspect"),
        ("POST", "/oauth/revoke"),
        ("POST", "/oauth/userinfo"),
        ("POST", "/oauth/authorize"),
        ("POST", "/oauth/logout"),
        ("POST", "/login"),
        ("POST", "/register"),
        ("POST", "/consent"),
        ("POST", "/account/password"),
        ("GET", "/oauth/authorize"),
        ("GET", "/oauth/authorize/resume"),
        ("GET", "/consent"),
        ("GET", "/account"),
    ],
)
async def test_HT05_no_answer_is_the_frameworks_own(
    auth: AuthorizationServer, method: str, path: str
) -> None:
    """Its 422 repeats what was sent, passwords too."""
    canary = "hunter2-hunter2"
    body = {"password": canary, "username": 1, "client_id": [canary], "x": None}
    for given in (
        {"json": body},
        {"content": json.dumps(body)[:-1], "headers": {"content-type": JSON}},
        {"data": {"password": canary}},
        {"params": {"password": canary, "client_id": canary}},
        {"files": {"password": canary.encode()}},
    ):
        answer = await auth.http().request(method, path, **given)
        assert answer.status_code in {200, 303, 400, 401, 403, 415}, answer.text
        assert canary not in answer.text
        assert '"detail"' not in answer.text
        assert not answer.headers.get("location", "").startswith("http")
        has_headers(answer)


_LOGGING = """
import asyncio, logging, sys
import httpx
from valetkey.asgi import RequestScope
from valetkey.logs import configure_logs, get_logger

async def app(scope, receive, send):
    get_logger("valetkey.test").info("refused", name=sys.argv[1], password=sys.argv[1])
    raise RuntimeError(sys.argv[1])

async def main():
    transport = httpx.ASGITransport(RequestScope(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
        headers = {"x-request-id": "a" * 8 + '"}', "user-agent": sys.argv[1].encode()}
        await http.get("/%1b[2J%0d%0a{%22event%22:%22forged%22}", headers=headers)

configure_logs("debug")
asyncio.run(main())
logging.getLogger().handlers[0].queue.join()
"""


async def test_HT07_a_log_line_is_one_line_of_json() -> None:
    """Whatever stands in a path, a header, a name or an error."""
    evil = '\x1b[2J\t{"event":"forged"} \x7f \u2028\u202e'
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _LOGGING, evil, stdout=subprocess.PIPE
    )
    output, _ = await process.communicate()

    lines = output.decode("ascii").splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["event"] for event in events] == ["refused", "failed", "answered"]
    assert events[0]["name"] == evil
    assert events[0]["password"] == "[redacted]"
    assert events[2]["path"].startswith("/\x1b[2J\r\n")
    assert not [c for line in lines for c in line if not 32 <= ord(c) < 127]


async def test_HT09_a_client_does_not_say_how_it_came(
    auth: AuthorizationServer,
) -> None:
    for headers in (
        {"x-forwarded-proto": "http"},
        {"x-forwarded-proto": "https", "x-forwarded-port": "1"},
        {"forwarded": "proto=http;for=1.2.3.4"},
    ):
        answer = await auth.http().get("/login", headers=headers)
        shown(answer, 200)
        assert "secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "path",
    [
        "/static/..%2f..%2fetc/passwd",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%5capp.py",
        "/static//etc/passwd",
        "/static/%00",
        "/static/valetkey.css%00.svg",
        "/static/",
        "/static",
        "/static/valetkey.css",
        "/pictures/..%2f..%2fetc%2fpasswd",
        "/pictures/%00.webp",
        "/pictures/x.webp",
    ],
)
async def test_HT10_nothing_else_is_served_from_a_folder(
    auth: AuthorizationServer, path: str
) -> None:
    answer = await auth.http().get(path)

    shown(answer, 404)
    assert "root:" not in answer.text


async def test_HT11_nothing_about_the_inside_is_public(
    auth: AuthorizationServer,
) -> None:
    http = auth.http()
    for path in (
        "/metrics",
        "/docs",
        "/redoc",
        "/openapi.json",
        "/debug",
        "/.env",
        "/.git/config",
        "/server-status",
    ):
        shown(await http.get(path), 404)
    assert (await http.get("/healthz")).json() == {"status": "ok"}
    ready = (await http.get("/readyz")).json()
    assert ready["status"] == "ok"
    assert set(ready["checks"].values()) == {"ok"}
    for path in ("/", "/healthz", "/readyz", "/login"):
        headers = (await http.get(path)).headers
        assert not {"server", "x-powered-by", "via"} & set(headers)


@pytest.mark.parametrize(
    "accept", ["*/*", "text/html", "application/xml", "application/json", "", "é/*"]
)
async def test_HT12_programs_get_json_and_people_get_pages(
    auth: AuthorizationServer, accept: str
) -> None:
    http = auth.http()
    headers = {"accept": accept.encode()}
    for method, path, status in (
        ("POST", "/oauth/token", 400),
        ("GET", "/oauth/token", 405),
        ("POST", "/oauth/introspect", 400),
        ("POST", "/oauth/revoke", 400),
        ("POST", "/oauth/jwks", 405),
        ("PUT", "/oauth/userinfo", 405),
    ):
        answer = await http.request(method, path, headers=headers)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/json"
        assert set(answer.json()) == {"error", "error_description"}
        has_headers(answer)
    for method, path, status in (
        ("GET", "/oauth/authorize", 400),
        ("PUT", "/oauth/authorize", 405),
        ("GET", "/oauth/authorize/resume", 400),
        ("PUT", "/oauth/authorize/resume", 405),
        ("PUT", "/login", 405),
        ("GET", "/consent", 400),
        ("PUT", "/consent", 405),
        ("GET", "/oauth/nowhere", 404),
        ("GET", "/oauth/authorize/", 404),
    ):
        answer = await http.request(method, path, headers=headers)
        shown(answer, status)
        assert status != 405 or "GET" in answer.headers["allow"]
    query = authorize_parameters(prompt="x")
    back = await http.get("/oauth/authorize", params=query, headers=headers)
    assert back.status_code == 303


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/consent", {"GET", "POST"}),
        ("/oauth/token", {"POST"}),
        ("/login", {"GET", "POST"}),
    ],
)
async def test_a_405_names_every_method_of_its_path(
    auth: AuthorizationServer, path: str, allowed: set[str]
) -> None:
    """RFC 9110 section 10.2.1; the framework alone names its first route's."""
    answer = await auth.http().put(path)

    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == allowed
