"""How services answer on the wire: in one piece, and to the end."""

import asyncio

import uvicorn
from starlette.types import Receive, Scope, Send

from valetkey.serving import WholeAnswers


class Wire(asyncio.Transport):
    """A connection that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closed
        self.written.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        """Nothing is read."""

    def resume_reading(self) -> None:
        """Nothing is read."""


async def hello(_: Scope, __: Receive, send: Send) -> None:
    """Answer with a head and a body, as ASGI has it."""
    headers = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


async def talk(request: bytes) -> Wire:
    """What is on the wire when everything is answered."""
    config = uvicorn.Config(hello, http=WholeAnswers, log_config=None)
    config.load()
    server = uvicorn.Server(config)
    protocol = WholeAnswers(
        config=config, server_state=server.server_state, app_state={}
    )
    wire = Wire()
    protocol.connection_made(wire)
    protocol.data_received(request)
    while server.server_state.tasks:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    closed = wire.closed
    protocol.connection_lost(None)
    wire.closed = closed
    return wire


async def test_head_and_body_are_one_write() -> None:
    wire = await talk(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n")
    assert len(wire.written) == 1
    assert wire.written[0].endswith(b"\r\n\r\nhello")
    assert not wire.closed


async def test_an_answer_is_sent_before_the_connection_ends() -> None:
    wire = await talk(b"GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
    assert b"".join(wire.written).endswith(b"\r\n\r\nhello")
    assert wire.closed


async def test_requests_that_came_together_are_all_answered_in_order() -> None:
    wire = await talk(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n" * 3)
    assert b"".join(wire.written).count(b"hello") == 3
