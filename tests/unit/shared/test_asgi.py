"""What every service puts around its application: limits and a request id."""

import logging
from collections.abc import AsyncIterator

import anyio
import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from valetkey.asgi import Limits, RequestScope


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Repeats what it was sent; `/fails` does not."""
    request = Request(scope, receive)
    if request.url.path == "/fails":
        raise RuntimeError("canary")
    body = await request.body()
    answer = JSONResponse({"size": len(body), "id": scope["state"]["request_id"]})
    await answer(scope, receive, send)


def http(*, host: str = "id.example") -> httpx.AsyncClient:
    limited: ASGIApp = Limits(
        application,
        hosts={"id.example", "::1"},
        body=100,
        bodies={"/large": 1000},
        seconds=0.05,
        headers=1000,
    )
    app = RequestScope(limited)
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")


def is_refused(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status
    assert answer.json()["error"] == "invalid_request"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(
    "host", ["id.example", "id.example:9000", "[::1]", "[::1]:9000"]
)
async def test_a_name_of_its_own_is_answered(host: str) -> None:
    assert (await http().get("/", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "",
        "id.example.evil.example",
        "id.example@evil.example",
        "evil.example:id.example",
        "[::2]",
        "[id.example",
        "[id.example]",
        "id.example]",
        "id.example:x",
        "id.example:9000:9000",
        "ID.example.",
    ],
)
async def test_another_name_is_refused(host: str) -> None:
    is_refused(await http().get("/", headers={"host": host}), 421)


async def test_two_names_are_refused() -> None:
    twice = [("host", "id.example"), ("host", "id.example")]
    is_refused(await http().get("/", headers=twice), 421)


async def test_TK08_a_body_is_as_long_as_its_path_allows() -> None:
    assert (await http().post("/", content=b"x" * 100)).json()["size"] == 100
    is_refused(await http().post("/", content=b"x" * 101), 413)
    assert (await http().post("/large", content=b"x" * 1000)).status_code == 200
    is_refused(await http().post("/large", content=b"x" * 1001), 413)


@pytest.mark.parametrize(
    ("length", "status"),
    [("101", 413), ("9" * 30, 413), ("-1", 400), ("x", 400), ("1_0", 400), ("٣", 400)],
)
async def test_TK08_a_length_is_believed_only_when_it_is_too_long(
    length: str, status: int
) -> None:
    headers = {"content-length": length.encode()}
    answer = await http().post("/", content=b"x", headers=headers)
    is_refused(answer, status)


async def test_TK08_pieces_are_counted_as_they_come() -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 50
            yield b"x" * 50

    is_refused(await http().post("/", content=pieces()), 413)
    assert sent <= 200


async def test_HT02_a_body_that_does_not_come_is_not_waited_for() -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"x"
        await anyio.sleep_forever()

    is_refused(await http().post("/", content=never()), 408)


@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip, identity", "GZIP", "x"])
async def test_TK19_a_compressed_body_is_refused(encoding: str) -> None:
    answer = await http().post(
        "/", content=b"x", headers={"content-encoding": encoding}
    )
    is_refused(answer, 415)


async def test_headers_and_query_together_have_a_bound() -> None:
    is_refused(await http().get("/", headers={"x-long": "x" * 1000}), 431)
    is_refused(await http().get("/", params={"x": "x" * 1000}), 431)


async def test_a_request_has_one_id() -> None:
    answer = await http().get("/")
    assert answer.headers["x-request-id"] == answer.json()["id"]
    given = await http().get("/", headers={"x-request-id": "abcd-1234_X"})
    assert given.headers["x-request-id"] == "abcd-1234_X"


@pytest.mark.parametrize(
    "bad", ["short", "x" * 65, "a b c d e f", "<script>x", "é" * 9]
)
async def test_HT07_an_id_that_could_harm_a_log_is_replaced(bad: str) -> None:
    headers = {"x-request-id": bad.encode()}
    answer = await http().get("/", headers=headers)
    assert answer.headers["x-request-id"] != bad
    assert answer.headers["x-request-id"].isalnum()


async def test_G2_an_unforeseen_error_tells_its_id_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = await http().get("/fails")

    assert answer.status_code == 500
    assert answer.json() == {
        "error": "server_error",
        "request_id": answer.headers["x-request-id"],
    }
    assert answer.headers["cache-control"] == "no-store"
    assert "failed" in caplog.text


async def test_G3_a_query_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await http().get("/path", params={"code": "canary"})
    ours = [r.__dict__ for r in caplog.records if r.name.startswith("valetkey")]
    assert [record["path"] for record in ours] == ["/path"]
    assert "canary" not in repr(ours)
